"""What a network is, and what may vary in one: frozen data, no torch."""
