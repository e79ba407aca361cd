"""Studies: running one, planning one, and looking at one that runs or has ended."""
