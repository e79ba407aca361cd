"""Timings of networks on one target: records, their files, and what to time next."""
