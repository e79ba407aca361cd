"""Calibrations: what ImageNet top-1 the score of a proxy stands for."""
