"""The short training that ranks networks."""
