"""The machine this runs on: its cores and memory, and what is installed there."""
