"""The costs of a network: closed formulas, and a trace that verifies them."""
