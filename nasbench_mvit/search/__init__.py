"""A study: what is wanted, the loop that finds it, and the store that keeps it."""
