"""The study in its Optuna storage; the only module that writes it."""
