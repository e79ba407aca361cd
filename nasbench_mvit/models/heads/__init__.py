"""What detects and segments on the features of a backbone."""
