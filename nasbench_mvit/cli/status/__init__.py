"""``status``: how a search is doing, in the terminal."""
