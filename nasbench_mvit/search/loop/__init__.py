"""The driver loop: ask, run, tell, resume; rungs and pruning."""
