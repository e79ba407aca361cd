"""The Ray engine: Ray Tune executes the trials, on this machine or on a cluster.

Only this package imports ray, and only once a search asks for it.
"""
