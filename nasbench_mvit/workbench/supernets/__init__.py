"""Supernets: their training, their scores and ranks, and the evidence about them."""
