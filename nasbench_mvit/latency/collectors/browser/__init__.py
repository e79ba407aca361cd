"""Any phone through its browser: a page that runs networks by onnxruntime-web and posts the times.

No cable, no app and no Mac: ``server`` serves the page and answers it, ``job_slot`` hands out one
job at a time, ``collector`` is what ``measure`` drives.
"""
