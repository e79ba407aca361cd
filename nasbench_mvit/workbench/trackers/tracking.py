"""Tracking: the runs of one study, ablation or training in all its trackers."""

import contextlib
import math
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from nasbench_mvit.workbench.trackers.by_name import Connected, TrackerName
from nasbench_mvit.workbench.trackers.contract import Run, RunName, Tracker, Value
from nasbench_mvit.workbench.trackers.links import Link, keep_link, read_links
from nasbench_mvit.workbench.trackers.outbox import Outbox

WHOLE = ""
_FOREIGN = re.compile(r"[^/\w.\- :]")
_links = threading.Lock()  # several trackers keep theirs in one file


class Tracking:
    """Opens, writes and closes runs, of the whole and of its parts, in several trackers.

    A tracker that cannot be used from the start is an error; one that fails later is left out.
    """

    def __init__(self, trackers: Connected, folder: Path, whole: str) -> None:
        """Write to some trackers.

        Args:
            trackers: where to write.
            folder: where the links to the runs are kept; an earlier run that it names is continued.
            whole: name of the study, the ablation or the training.
        """
        self._writers = [_Writer(name, tracker, folder, whole) for name, tracker in trackers]

    def begin(self, part: str, params: Mapping[str, Value]) -> None:
        """Open the run of a part, or of the whole; nothing where it is open.

        Raises:
            TrackerError: the run of the whole cannot be opened.
        """
        for writer in self._writers:
            if part == WHOLE:
                writer.begin_whole(params)
            else:
                writer.put(writer.begin, part, params)

    def metrics(self, part: str, values: Mapping[str, float], step: int) -> None:
        """Add points to curves of an open run.

        Those that are no finite numbers are left out, and those that it has since before it was
        interrupted. Characters in names that MLflow refuses are replaced.
        """
        finite = {
            _FOREIGN.sub("_", name): float(value)
            for name, value in values.items()
            if math.isfinite(value)
        }
        for writer in self._writers:
            writer.put(writer.metrics, part, finite, step)

    def files(self, part: str, paths: Sequence[Path]) -> None:
        """Add the files that are there to an open run."""
        for writer in self._writers:
            for path in filter(Path.is_file, paths):
                writer.put(writer.file, part, path)

    def end(self, part: str, *, failed: bool = False) -> None:
        """Close the run of a part; nothing where it is not open."""
        for writer in self._writers:
            writer.put(writer.end, part, failed)

    def close(self, *, failed: bool) -> None:
        """Close all runs, and wait until everything is written."""
        for writer in self._writers:
            writer.close(failed=failed)


@contextlib.contextmanager
def tracking(trackers: Connected, folder: Path, whole: str) -> Iterator[Tracking]:
    """Yield a ``Tracking``, which is closed in the end, as failed where an error leaves it."""
    tracked = Tracking(trackers, folder, whole)
    failed = True
    try:
        yield tracked
        failed = False
    finally:
        tracked.close(failed=failed)


class _Writer:
    """The runs of one tracker; all but the first are opened and written in its thread."""

    def __init__(self, name: TrackerName, tracker: Tracker, folder: Path, whole: str) -> None:
        self._runs: dict[str, Run] = {}
        self._name = name
        self._tracker = tracker
        self._folder = folder
        self._whole = whole
        self._outbox = Outbox(f"tracking to {name}")

    def put(self, call: Callable[..., None], *arguments: Any) -> None:
        self._outbox.put(partial(call, *arguments))

    def begin_whole(self, params: Mapping[str, Value]) -> None:
        try:
            self.begin(WHOLE, params)
        except Exception as problem:
            raise self._name.unusable(problem) from problem

    def begin(self, part: str, params: Mapping[str, Value]) -> None:
        if part in self._runs:
            return
        name = RunName(whole=self._whole, part=part)
        with _links:
            known = read_links(self._folder).get(str(self._name), {}).get(str(name))
        run = self._tracker.open(
            name, params, None if known is None else known.id, self._runs.get(WHOLE)
        )
        self._runs[part] = run
        with _links:
            keep_link(self._folder, str(self._name), str(name), Link(run.id, run.link))

    def metrics(self, part: str, values: Mapping[str, float], step: int) -> None:
        run = self._runs[part]
        new = {name: value for name, value in values.items() if step not in run.known.get(name, ())}
        if new:
            run.metrics(new, step)

    def file(self, part: str, path: Path) -> None:
        self._runs[part].file(path)

    def end(self, part: str, failed: bool) -> None:  # noqa: FBT001 - of ``put``
        if (run := self._runs.pop(part, None)) is not None:
            run.close(failed=failed)

    def close(self, *, failed: bool) -> None:
        self.put(self._end_all, failed)
        self._outbox.close()

    def _end_all(self, failed: bool) -> None:  # noqa: FBT001
        for part in reversed(list(self._runs)):  # the whole, which was opened first, is the last
            self.end(part, failed)
