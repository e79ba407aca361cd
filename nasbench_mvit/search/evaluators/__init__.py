"""Evaluators: the accuracy of a network with a seed, by training, a table or a surrogate."""
