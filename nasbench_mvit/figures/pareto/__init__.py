"""The figure of accuracy against latency, and its fronts."""
