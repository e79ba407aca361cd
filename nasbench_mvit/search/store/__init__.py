"""The study in its Optuna storage: the one place that writes it."""
