"""The selection of networks to measure, and files that list networks."""
