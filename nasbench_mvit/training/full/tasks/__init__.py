"""What a full training shows a network, what it is to minimise, and how it is scored."""
