"""Planned trainings in a directory, and their progress."""
