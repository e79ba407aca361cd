"""Ablations: what each setting changes, from trainings with paired seeds."""
