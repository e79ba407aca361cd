"""The results of a study as text, tables and files."""
