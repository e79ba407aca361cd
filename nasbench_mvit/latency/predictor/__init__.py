"""Predictor files and what they say of a network: milliseconds with an interval; no torch."""
