"""Evaluations: the scores of weights on images."""
