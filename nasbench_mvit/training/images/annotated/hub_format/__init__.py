"""Sets of Hugging Face: their columns, their images with boxes or masks."""
