"""``train``: train a network in full, by the paper's recipe."""
