"""Those who watch a full training, and what they write."""
