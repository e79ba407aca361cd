"""``python -m nasbench_mvit.measure``: how fast networks run on a device."""
