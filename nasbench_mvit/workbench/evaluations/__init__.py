"""Evaluations: top-1 and top-5 of weights on images."""
