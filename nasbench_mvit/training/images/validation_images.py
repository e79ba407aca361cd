"""ValidationImages: which differences in accuracy their number lets one tell apart."""

import math
from dataclasses import dataclass

PERCENT = 100.0
ENOUGH_IMAGES = 625  # of fewer, one standard error of an accuracy may be more than 2 points


@dataclass(frozen=True)
class ValidationImages:
    """The images that networks are scored on.

    Attributes:
        count: how many they are, at least 1.
    """

    count: int

    @property
    def standard_error(self) -> float:
        """The standard error of an accuracy on them, at most: that of an accuracy of one half."""
        return 0.5 / math.sqrt(self.count)

    @property
    def are_few(self) -> bool:
        """Whether networks that differ by 5 points can hardly be told apart by them."""
        return self.count < ENOUGH_IMAGES

    @property
    def notes(self) -> tuple[str, ...]:
        """A line for a person where they are few, else none."""
        points = self.standard_error * PERCENT
        line = (
            f"few validation images: with {self.count:,}, one standard error of top-1 is up to "
            f"±{points:.1f} points; smaller differences between networks are noise"
        )
        return (line,) if self.are_few else ()
