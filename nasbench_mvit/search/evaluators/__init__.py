"""From a network and a seed to an accuracy: by training, from a table or by a surrogate."""
