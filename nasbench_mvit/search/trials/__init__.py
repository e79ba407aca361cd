"""The data of a trial: candidates, records and their schema."""
