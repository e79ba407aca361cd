"""The runtimes that a page loads, and where their files come from."""
