"""What runs evaluations: worker processes, Ray, or a simulated clock."""
