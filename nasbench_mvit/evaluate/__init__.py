"""``python -m nasbench_mvit.evaluate``: how often a network names images right."""
