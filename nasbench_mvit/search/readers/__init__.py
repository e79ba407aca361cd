"""Reading a study's store without changing it."""
