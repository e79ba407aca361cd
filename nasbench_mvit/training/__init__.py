"""Image data and training; ``recipe``, ``report`` and ``data`` load no torch."""
