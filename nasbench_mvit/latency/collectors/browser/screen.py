"""The terminal, as far as a collector uses it."""

from typing import Protocol


class Screen(Protocol):
    """Prints; safe between threads."""

    def note(self, text: str) -> None:
        """Print a line."""
        ...

    def draw(self, text: str) -> None:
        """Print a picture made of characters, white on black."""
        ...
