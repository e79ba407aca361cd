"""Runs of Weights & Biases, in a project, grouped by study."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nasbench_mvit.io.system import extras
from nasbench_mvit.workbench.trackers.contract import Run, RunName, Value

STEP = "step"
MODE = "WANDB_MODE"


class WandbRun:
    """A run."""

    def __init__(self, wandb: Any, run: Any) -> None:
        """Draw its curves over the steps of the trainings, which may overlap."""
        self.id = run.id
        self.known: Mapping[str, set[int]] = {}
        self.link = str(Path(run.dir).parent) if run.settings.mode == "offline" else run.url
        self._wandb = wandb
        self._run = run
        run.define_metric("*", step_metric=STEP)

    def metrics(self, values: Mapping[str, float], step: int) -> None:
        """Log points."""
        self._run.log({**values, STEP: step})

    def file(self, path: Path) -> None:
        """Log a file as an artefact of its name."""
        artefact = self._wandb.Artifact(f"{self.id}-{path.name}", type=path.stem)
        artefact.add_file(str(path))
        self._run.log_artifact(artefact)

    def close(self, *, failed: bool) -> None:
        """Finish the run."""
        self._run.finish(exit_code=int(failed))


class WandbTracker:
    """A project; ``WANDB_MODE=offline`` keeps its runs in ``wandb/``."""

    def __init__(self, place: str) -> None:
        """Use the project ``place``, or ENTITY/PROJECT.

        Raises:
            ImportError: wandb is not installed.
            PermissionError: nobody is logged in.
        """
        self._wandb = extras.load("wandb")
        if os.environ.get(MODE, "online") == "online" and not self._wandb.Api().api_key:
            raise PermissionError(f"nobody is logged in; run `wandb login`, or set {MODE}=offline")
        self._entity, _, self._project = place.rpartition("/")

    def open(
        self, name: RunName, params: Mapping[str, Value], known: str | None, whole: Run | None
    ) -> WandbRun:
        """Return a run."""
        del whole
        run = self._wandb.init(
            entity=self._entity or None,
            project=self._project,
            group=name.whole,
            job_type="part" if name.part else "whole",
            name=str(name),
            config=dict(params),
            id=known,
            resume="allow",
            reinit="create_new",
            settings=self._wandb.Settings(
                silent=True, console="off", disable_git=True, save_code=False, x_disable_stats=True
            ),
        )
        return WandbRun(self._wandb, run)
