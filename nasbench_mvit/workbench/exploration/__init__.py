"""A study looked at closely: its networks, parameters, growth, and other studies beside it."""
