"""One network that shares its weights among all networks of a space, and scores each by a slice."""
