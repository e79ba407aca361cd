"""Files on disk: YAML, Parquet, Markdown, checksummed folders; and what the machine offers."""
