"""Predictor files and their predictions: milliseconds with an interval, without torch."""
