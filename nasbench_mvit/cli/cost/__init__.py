"""``cost``: parameters, multiply-adds and activation memory of networks."""
