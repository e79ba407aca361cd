"""``--track``, which three commands have: the trackers of experiments they write to."""

import argparse
from dataclasses import dataclass

from nasbench_mvit.cli.shared.options import Options, option
from nasbench_mvit.errors import TrackerError
from nasbench_mvit.workbench.trackers.by_name import FORMS, TrackerName


def _tracker(text: str) -> str:
    """Return ``text``, which must name a tracker."""
    try:
        TrackerName.of(text)
    except TrackerError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None
    return text


@dataclass(frozen=True, kw_only=True)
class TrackOptions(Options):
    """``--track``."""

    track: list[str] = option(
        action="append",
        type=_tracker,
        metavar="TRACKER",
        help=f"write curves, parameters and results to {FORMS}; may be repeated",
    )
