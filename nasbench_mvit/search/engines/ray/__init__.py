"""The Ray engine: Ray Tune executes the trials, on this machine or on a cluster.

Only this package imports ray, and only when a search requests it.
"""
