"""Timings of networks on one target: records, their files, and the order of measurement."""
