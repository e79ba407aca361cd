"""``predictor``: fit, evaluate and use predictors of latency."""
