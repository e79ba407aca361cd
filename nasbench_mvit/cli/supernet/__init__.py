"""The command ``supernet``."""
