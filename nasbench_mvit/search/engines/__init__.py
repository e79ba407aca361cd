"""Executors of evaluations: worker processes, Ray, or a simulated clock."""
