"""What a study has found, as text, tables and files."""
