"""Runs of Trackio, in a project, grouped by study."""

import contextvars
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nasbench_mvit.io.system import extras
from nasbench_mvit.workbench.trackers.contract import Run, RunName, Value


class TrackioRun:
    """A run."""

    def __init__(self, run: Any, link: str) -> None:
        """Use a run that Trackio has opened."""
        self.id = run.name
        self.known: Mapping[str, set[int]] = {}
        self.link = link
        self._run = run

    def metrics(self, values: Mapping[str, float], step: int) -> None:
        """Log points."""
        self._run.log(dict(values), step=step)

    def file(self, path: Path) -> None:
        """Log a file as an artefact of its name."""
        self._run.log_artifact(str(path), name=path.name, type=path.stem)

    def close(self, *, failed: bool) -> None:
        """Finish the run; Trackio has no state for one that failed."""
        del failed
        self._run.finish()


class TrackioTracker:
    """A project, in ``TRACKIO_DIR`` or where Trackio's other variables say."""

    def __init__(self, place: str) -> None:
        """Use the project ``place``.

        Raises:
            ImportError: trackio is not installed.
        """
        self._trackio = extras.load("trackio")
        self._project = place

    def open(
        self, name: RunName, params: Mapping[str, Value], known: str | None, whole: Run | None
    ) -> TrackioRun:
        """Return a run."""
        del whole
        # In a context of its own, since Trackio ends the run that was opened before in the same.
        run = contextvars.Context().run(
            self._trackio.init,
            project=self._project,
            name=known or str(name),
            group=name.whole,
            config=dict(params),
            resume="never" if known is None else "allow",
            embed=False,
        )
        return TrackioRun(run, f'run "{run.name}" of: trackio show --project "{self._project}"')
