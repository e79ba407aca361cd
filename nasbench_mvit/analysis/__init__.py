"""Numbers about results: fronts, spread, rankings. Pure numpy."""
