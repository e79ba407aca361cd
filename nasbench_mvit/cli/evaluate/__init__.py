"""``evaluate``: the scores of weights on images."""
