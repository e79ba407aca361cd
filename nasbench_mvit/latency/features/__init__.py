"""What a predictor knows of a network."""
