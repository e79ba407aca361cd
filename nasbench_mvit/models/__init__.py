"""The only place that builds torch modules: spec in, network out, and its weights on disk."""
