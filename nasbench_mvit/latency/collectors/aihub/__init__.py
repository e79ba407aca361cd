"""Phones that Qualcomm's AI Hub hosts, through its client ``qai_hub`` and the user's own account.

It is tested against a stand-in with the client's interface, not against the service.
"""
