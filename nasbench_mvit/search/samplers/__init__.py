"""Samplers of a study, and the mapping between a space and Optuna's parameters."""
