"""``table``: make a benchmark table, and compare samplers on tables."""
