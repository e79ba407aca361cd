"""From the first batches of an evaluation to the time of a whole one; no torch."""

from collections.abc import Sequence
from typing import NamedTuple


class Mark(NamedTuple):
    """A moment of an evaluation: seconds since its start, and images scored by then."""

    seconds: float
    num_images: int


def evaluation_seconds(marks: Sequence[Mark], num_images: int) -> float:
    """Return the seconds of an evaluation of ``num_images`` images.

    Args:
        marks: the end of each batch of an evaluation that ended with the last of them. What is
            beyond it takes as long an image as the batches after the first, whose time holds
            the start of what decodes images.
        num_images: at least those of the last mark.
    """
    first, last = marks[0], marks[-1]
    left = num_images - last.num_images
    if not left:
        return last.seconds
    steady = Mark(last.seconds - first.seconds, last.num_images - first.num_images)
    seconds, shown = steady if steady.num_images else last
    return last.seconds + left * seconds / shown
