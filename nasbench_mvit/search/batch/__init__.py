"""Trainings that belong to no study: planned by others, run where their archive lacks them."""
