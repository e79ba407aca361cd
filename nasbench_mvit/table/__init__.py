"""The benchmark table: trainings of every network of a small space, for searches in seconds."""
