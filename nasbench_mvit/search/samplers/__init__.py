"""Optuna samplers by name, and how a space is shown to them."""
