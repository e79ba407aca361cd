"""Evaluators: the accuracy of a network, by training, a table, a surrogate or a supernet."""
