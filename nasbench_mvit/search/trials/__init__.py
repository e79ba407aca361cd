"""What is known and kept of a trial: candidates, records, their schema."""
