"""What a benchmark reports, and the command line all of them share."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from pairing import Spread

from nasbench_mvit.search.engines.worker_threads import worker_environment


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured quantity beside what was aimed at.

    Attributes:
        case: what was measured.
        against: the peer, or what the value is a share of.
        spread: median and quartiles over the rounds.
        unit: of the value; "×" is a ratio.
        aim: the value wanted, if any.
        lower_is_better: whether the aim is an upper limit.
    """

    case: str
    against: str
    spread: Spread
    unit: str = "×"
    aim: float | None = None
    lower_is_better: bool = False

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Figure":
        """Invert ``dataclasses.asdict``."""
        return cls(**values | {"spread": Spread(**values["spread"])})

    def __str__(self) -> str:
        aim = "" if self.aim is None else f", aim {'<' if self.lower_is_better else '≥'} {self.aim}"
        middle, low, high = self.spread.median, self.spread.low, self.spread.high
        return (
            f"{self.case} | {self.against} | {middle:.4g} {self.unit} ({low:.4g}–{high:.4g}{aim})"
        )


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What a benchmark is run under."""

    threads: int
    rounds: int


def benchmark(measure: Callable[[Conditions], Iterator[Figure]]) -> int:
    """Run one benchmark as a command, under the environment of the search's workers."""
    parser = argparse.ArgumentParser(description=sys.modules[measure.__module__].__doc__)
    parser.add_argument("--threads", type=int, default=1, help="default: 1, as a worker has")
    parser.add_argument("--rounds", type=int, default=11, help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    _enter_worker_environment(options.threads)
    for figure in measure(Conditions(threads=options.threads, rounds=options.rounds)):
        line = json.dumps(asdict(figure)) if options.json else str(figure)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    return 0


def _enter_worker_environment(threads: int) -> None:
    """Start this program anew under other variables, since libraries read them as they start."""
    wanted = worker_environment(threads)
    if any(os.environ.get(name) != value for name, value in wanted.items()):
        os.execve(sys.executable, sys.orig_argv, os.environ | wanted)  # noqa: S606
