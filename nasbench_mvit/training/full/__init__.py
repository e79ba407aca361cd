"""The training in full, by the paper's recipe."""
