"""Runs in MLflow: one of the whole, in which its parts are nested."""

import os
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nasbench_mvit.io.system import extras
from nasbench_mvit.version import __version__
from nasbench_mvit.workbench.trackers.by_name import without_user
from nasbench_mvit.workbench.trackers.contract import Run, RunName, Value

EXPERIMENT = "nasbench_mvit"  # unless MLFLOW_EXPERIMENT_NAME names another
SQLITE = "sqlite:///"
ARTEFACTS = "mlartifacts"
TIMEOUT_S = 5.0
MAX_PARAMS = 100  # in one call, by MLflow's own limit
MAX_CHARACTERS = 6000  # of a parameter, likewise
PARENT, VERSION = "mlflow.parentRunId", "nasbench_mvit.version"


class MlflowRun:
    """A run of an experiment."""

    def __init__(self, client: Any, entities: Any, run: Any, link: str) -> None:
        """Continue a run, whose curves may have points."""
        self.id = run.info.run_id
        self.link = link
        self._client = client
        self._entities = entities
        self.known: Mapping[str, set[int]] = {
            name: {point.step for point in client.get_metric_history(self.id, name)}
            for name in run.data.metrics
        }

    def metrics(self, values: Mapping[str, float], step: int) -> None:
        """Log points."""
        now = int(time.time() * 1000)
        points = [self._entities.Metric(name, value, now, step) for name, value in values.items()]
        self._client.log_batch(self.id, metrics=points)

    def file(self, path: Path) -> None:
        """Log a file."""
        self._client.log_artifact(self.id, str(path))

    def close(self, *, failed: bool) -> None:
        """Set the status of the run."""
        self._client.set_terminated(self.id, "FAILED" if failed else "FINISHED")


class MlflowTracker:
    """An experiment of a tracking server, or of a local database."""

    def __init__(self, place: str) -> None:
        """Use the tracking URI ``place``.

        Raises:
            ImportError: MLflow is not installed.
            OSError: no server answers there.
        """
        mlflow = extras.load("mlflow")
        self._entities = extras.load("mlflow.entities")
        self._place = place
        if place.startswith(("http://", "https://")):
            _check_that_it_answers(place)
        self._client = mlflow.MlflowClient(tracking_uri=place)
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME", EXPERIMENT)
        found = self._client.get_experiment_by_name(name)
        self._experiment: str = (
            self._client.create_experiment(name, artifact_location=_artefacts(place))
            if found is None
            else found.experiment_id
        )

    def open(
        self, name: RunName, params: Mapping[str, Value], known: str | None, whole: Run | None
    ) -> MlflowRun:
        """Return a run."""
        if known is None:
            tags = {VERSION: __version__} | ({} if whole is None else {PARENT: whole.id})
            run = self._client.create_run(self._experiment, run_name=str(name), tags=tags)
        else:
            self._client.update_run(known, status="RUNNING")
            run = self._client.get_run(known)
        self._log_params(run, params)
        page = f"#/experiments/{self._experiment}/runs/{run.info.run_id}"
        is_url = self._place.startswith("http")
        place = without_user(self._place).rstrip("/")
        link = f"{place}/{page}" if is_url else f"run {run.info.run_id}"
        return MlflowRun(self._client, self._entities, run, link)

    def _log_params(self, run: Any, params: Mapping[str, Value]) -> None:
        """Log parameters; those that are there stay, since MLflow refuses to change them."""
        new = [
            self._entities.Param(name, str(value)[:MAX_CHARACTERS])
            for name, value in params.items()
            if name not in run.data.params
        ]
        for start in range(0, len(new), MAX_PARAMS):
            self._client.log_batch(run.info.run_id, params=new[start : start + MAX_PARAMS])


def _artefacts(place: str) -> str | None:
    """Return where the files of an experiment go: beside a local database; else MLflow decides."""
    if not place.startswith(SQLITE):
        return None
    return str(Path(place.removeprefix(SQLITE)).absolute().parent / ARTEFACTS)


def _check_that_it_answers(place: str) -> None:
    """Ask a server once; MLflow itself asks for minutes.

    Raises:
        OSError: nobody answers.
    """
    try:
        urllib.request.urlopen(f"{place.rstrip('/')}/health", timeout=TIMEOUT_S).close()  # noqa: S310
    except urllib.error.HTTPError:
        return  # somebody does, who may want to know who asks
