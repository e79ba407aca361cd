"""The learning rate of an update: a linear warm-up, then half a cosine; no torch."""

import math


def warmup_cosine(
    update: int,
    *,
    updates: int,
    warmup: int,
    peak: float,
    initial: float = 0.0,
    final: float = 0.0,
    skipped: int = 0,
) -> float:
    """Return the rate of ``update``, 0 up to ``updates`` - 1.

    Args:
        update: number of updates done.
        updates: in all; the one after the last would have the final rate.
        warmup: updates before the peak.
        peak: rate after the warm-up.
        initial: rate at which the warm-up begins.
        final: rate at which the cosine ends.
        skipped: steps of the rise that are left out at its beginning; with 1, no update has the
            initial rate itself.
    """
    if update < warmup:
        return initial + (peak - initial) * (update + skipped) / (warmup + skipped)
    progress = (update - warmup) / (updates - warmup)
    height = 0.5 * (1 + math.cos(math.pi * progress))
    return height * peak + (1 - height) * final
