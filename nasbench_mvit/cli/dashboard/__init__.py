"""``dashboard``: look at studies while they run and afterwards."""
