"""Training-free scores: what an untrained network says of how well it would train."""
