"""Measuring latency: networks, what they are measured on, and what came of it."""
