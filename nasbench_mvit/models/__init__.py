"""Builds the torch modules of networks, and reads and writes their weights."""
