"""Showing a study while it runs: in a terminal, in logs, and to who looks at it."""
