"""Statistics of results: fronts, spread and rankings, in NumPy alone."""
