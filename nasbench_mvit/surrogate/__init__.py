"""The surrogate: estimates of the proxy's trainings, from those that were run."""
