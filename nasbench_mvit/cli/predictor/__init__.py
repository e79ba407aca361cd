"""``predictor``: fit, judge and use predictors of latency."""
