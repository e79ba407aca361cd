"""A sampler that knows some objectives beforehand and learns the others."""
