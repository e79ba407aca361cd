"""The studies a dashboard shows: found in folders, read again when their stores change."""

import functools
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pandas as pd

from nasbench_mvit.ablation.results.document import FILE as ABLATION_FILE
from nasbench_mvit.errors import PredictorError, StoreError
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor, load_predictor
from nasbench_mvit.search.finalists.summary import FinalSummary
from nasbench_mvit.search.readers.read_only import FileState, ReadError, file_state
from nasbench_mvit.search.readers.sqlite import Reading
from nasbench_mvit.search.reports.text import device_label
from nasbench_mvit.search.results.summary import Summary
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.workbench.studies.open import StudyWatcher, store_in
from nasbench_mvit.workbench.studies.study import Study

RUNS = Path("runs")


@dataclass(frozen=True)
class View:
    """A study as it was last read, with what its pages need beside it.

    Attributes:
        path: its store.
        study: its content.
        predictor: of the study, None where it cannot be loaded here.
        trouble: why the store cannot be read now, None if it can.
        seen: when it was read.
    """

    path: Path
    study: Study
    predictor: LatencyPredictor | None
    trouble: ReadError | None
    seen: datetime

    @property
    def reading(self) -> Reading:
        """The content of its store."""
        return self.study.reading

    @property
    def config(self) -> StudyConfig:
        """The study file it was started with."""
        return self.study.config

    @property
    def summary(self) -> Summary:
        """Its trials as typed rows, its front and its baselines."""
        return self.study.summary

    @property
    def final(self) -> FinalSummary | None:
        """The results of its finalists, None without any."""
        return self.study.final

    @property
    def table(self) -> pd.DataFrame:
        """Its trials as a table, with ``minutes`` from the start of the study to their end."""
        return self.study.timed_trials

    @property
    def latency_title(self) -> str:
        """How its latencies came about, in words."""
        if self.predictor is not None:
            return self.predictor.title
        name = self.config.predictor or "that the study does not name"
        return f"estimated by the predictor {name}, which is not found here"

    @property
    def device(self) -> str:
        """The device of its latencies, in words."""
        if self.predictor is not None:
            return device_label(self.predictor)
        return f"the device of the predictor {self.config.predictor or 'nobody names'}"


class OpenRun:
    """One store, looked at as often as a page is drawn."""

    def __init__(self, path: Path) -> None:
        """Look at the store ``path``."""
        self.path = path
        self._watcher = StudyWatcher(path)
        self._view: View | None = None
        self._lock = threading.Lock()

    def look(self) -> View:
        """Return the study as it is now, or as it last was with the reason why.

        Raises:
            ReadError: the store cannot be read and never could.
        """
        with self._lock:
            try:
                study = self._watcher.read()
            except ReadError as error:
                if self._view is None:
                    raise
                return replace(self._view, trouble=error)
            if self._view is None or self._view.study is not study:
                self._view = View(
                    path=self.path,
                    study=study,
                    predictor=predictor_of(study.config),
                    trouble=None,
                    seen=datetime.now().astimezone(),
                )
            return self._view

    def state(self) -> FileState | str:
        """Return a value that changes when there is something new to look at."""
        try:
            return file_state(self.path)
        except ReadError as error:
            return str(error)


def predictor_of(config: StudyConfig) -> LatencyPredictor | None:
    """Return the predictor of a study, None where there is none of its name or path here."""
    if config.predictor is None:
        return None
    try:
        return _predictor(config.predictor)
    except PredictorError:
        return None


@functools.lru_cache(maxsize=16)
def _predictor(name_or_path: str) -> LatencyPredictor:
    return load_predictor(name_or_path)


def find_stores(run_dirs: Sequence[str]) -> dict[str, Path]:
    """Return the stores to show by a short key that names each in a link.

    Args:
        run_dirs: folders of runs, or stores; when empty, all runs below ``runs/``.
    """
    if run_dirs:
        folders = [Path(folder) for folder in run_dirs]
        paths = [store_in(folder) for folder in folders if not _is_of_ablations(folder)]
    else:
        stores_in_runs = (store_in(folder) for folder in sorted(RUNS.glob("*/")))
        paths = [path for path in stores_in_runs if path.is_file()]
    stores: dict[str, Path] = {}
    for path in paths:
        name = path.resolve().parent.name
        same = sum(key == name or key.startswith(f"{name}~") for key in stores)
        stores[f"{name}~{same + 1}" if same else name] = path
    return stores


def _is_of_ablations(folder: Path) -> bool:
    """Return whether a folder holds reports of ablations and no search."""
    has_reports = any(folder.glob(ABLATION_FILE)) or any(folder.glob(f"*/{ABLATION_FILE}"))
    return has_reports and not store_in(folder).exists()


def check_run_dirs(run_dirs: Sequence[str]) -> None:
    """Refuse folders that are not there.

    Raises:
        StoreError: naming the first.
    """
    for folder in run_dirs:
        if not Path(folder).exists():
            raise StoreError(
                f"there is no folder {folder}. Give the folder of a search, such as runs/smoke, "
                "or none for all below runs/."
            )


@functools.lru_cache(maxsize=64)
def open_run(path: Path) -> OpenRun:
    """Return the one ``OpenRun`` of a store in this process."""
    return OpenRun(path)
