"""The features of a network for a latency predictor."""
