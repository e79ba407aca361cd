"""Which networks are worth measuring, and files that list networks."""
