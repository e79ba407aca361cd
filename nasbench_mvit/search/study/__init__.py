"""The schema of a study file, and what it refers to."""
