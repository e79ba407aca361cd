"""``search``: find the Pareto front of accuracy and latency."""
