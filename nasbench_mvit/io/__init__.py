"""Files on disk: YAML, Parquet, Markdown, checksummed folders; and the machine's resources."""
