"""Training-free scores of the networks of a table, and what they are worth."""
