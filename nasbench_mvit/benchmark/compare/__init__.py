"""Samplers compared over tables in which every network was trained."""
