"""Exports: one network as files for a phone or another runtime."""
