"""What a network costs before it exists: closed formulas, and a trace that cross-checks them."""
