"""What a network is trained for: its targets, loss and metric."""
