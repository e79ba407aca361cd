"""The benchmark table: every network of a small space, trained, for searches that take seconds."""
