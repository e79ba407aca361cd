"""``python -m nasbench_mvit.status``: how a search is doing, in the terminal."""
