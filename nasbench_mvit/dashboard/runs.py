"""The studies a dashboard shows: found in folders, read again when their stores change."""

import functools
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

import pandas as pd

from nasbench_mvit.ablation.results.document import FILE as ABLATION_FILE
from nasbench_mvit.errors import PredictorError, StoreError
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor, load_predictor
from nasbench_mvit.search.finalists.summary import FinalSummary, summarise_final
from nasbench_mvit.search.readers.read_only import FileState, ReadError, file_state
from nasbench_mvit.search.readers.sqlite import Reading, StudyReader
from nasbench_mvit.search.reports.text import device_label
from nasbench_mvit.search.results.summary import Row, Summary, row_of, summary_of
from nasbench_mvit.search.store.location import STORE_FILE
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.candidates import LimitCheck
from nasbench_mvit.search.trials.record import StoredTrial

RUNS = Path("runs")
SECONDS_PER_MINUTE = 60.0


@dataclass(frozen=True)
class View:
    """A study as it was last read.

    Attributes:
        path: its store.
        study: its name.
        reading, summary: what was read, and what it amounts to.
        final: what its finalists came to, None without any.
        table: ``summary.frame()`` with ``minutes``, the time from the start of the study to the
            end of each trial, NaN while it runs.
        predictor: of the study, None where it cannot be loaded here.
        trouble: why the store cannot be read now, None if it can.
        seen: when it was read.
    """

    path: Path
    study: str
    reading: Reading
    summary: Summary
    final: FinalSummary | None
    table: pd.DataFrame = field(repr=False)
    predictor: LatencyPredictor | None
    trouble: ReadError | None
    seen: datetime

    @property
    def config(self) -> StudyConfig:
        """What the study is to find."""
        return self.reading.config

    @property
    def latency_title(self) -> str:
        """Say what the latencies are."""
        if self.predictor is not None:
            return self.predictor.title
        name = self.config.predictor or "that the study does not name"
        return f"estimated by the predictor {name}, which is not found here"

    @property
    def device(self) -> str:
        """Say what the latencies are of."""
        if self.predictor is not None:
            return device_label(self.predictor)
        return f"the device of the predictor {self.config.predictor or 'nobody names'}"


class Reader(Protocol):
    """Reads a study: ``StudyReader`` in a file, ``ServerReader`` in a database server."""

    def read(self) -> Reading:
        """Return the study as it is now."""
        ...


class OpenStudy:
    """One store, looked at as often as a page is drawn."""

    def __init__(self, path: Path, reader: Reader | None = None) -> None:
        """Look at the store ``path``, or at what ``reader`` reads and ``path`` only names."""
        self.path = path
        self._reader = reader or StudyReader(path)
        self._rows: dict[int, tuple[StoredTrial, Row]] = {}
        self._view: View | None = None
        self._lock = threading.Lock()

    def look(self) -> View:
        """Return the study as it is now, or as it last was with the reason why.

        Raises:
            ReadError: the store cannot be read and never could.
        """
        with self._lock:
            try:
                reading = self._reader.read()
            except ReadError as error:
                if self._view is None:
                    raise
                return replace(self._view, trouble=error)
            if self._view is None or self._view.reading is not reading:
                self._view = self._make(reading)
            return self._view

    def state(self) -> FileState | str:
        """Return what changes when there is something new to look at."""
        try:
            return file_state(self.path)
        except ReadError as error:
            return str(error)

    def _make(self, reading: Reading) -> View:
        limits = LimitCheck(reading.config.limits)
        summary = summary_of(
            [self._row(trial, limits) for trial in reading.trials], reading.trials, reading.config
        )
        table = summary.frame()
        return View(
            path=self.path,
            study=reading.study,
            reading=reading,
            summary=summary,
            final=None if reading.final is None else summarise_final(reading.final, summary),
            table=table.assign(minutes=minutes_of(table.trial, reading)),
            predictor=predictor_of(reading.config),
            trouble=None,
            seen=datetime.now().astimezone(),
        )

    def _row(self, trial: StoredTrial, limits: LimitCheck) -> Row:
        known = self._rows.get(trial.number)
        if known is None or known[0] is not trial:
            known = self._rows[trial.number] = (trial, row_of(trial, limits))
        return known[1]


def minutes_of(numbers: Iterable[int], reading: Reading) -> list[float]:
    """Return for each trial the minutes from the study's start to its end, NaN while it runs."""
    times = reading.times
    start = min((time.started for time in times.values()), default=None)
    return [
        float("nan")
        if (ended := times[number].ended) is None or start is None
        else (ended - start).total_seconds() / SECONDS_PER_MINUTE
        for number in numbers
    ]


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
        paths = [_store_in(folder) for folder in folders if not _is_of_ablations(folder)]
    else:
        paths = sorted(RUNS.glob(f"*/{STORE_FILE}"))
    stores: dict[str, Path] = {}
    for path in paths:
        name = path.resolve().parent.name
        same = sum(key == name or key.startswith(f"{name}~") for key in stores)
        stores[f"{name}~{same + 1}" if same else name] = path
    return stores


def _is_of_ablations(folder: Path) -> bool:
    """Say whether a folder holds reports of ablations and no search."""
    has_reports = any(folder.glob(ABLATION_FILE)) or any(folder.glob(f"*/{ABLATION_FILE}"))
    return has_reports and not (folder / STORE_FILE).exists()


def _store_in(path: Path) -> Path:
    return path if path.is_file() else path / STORE_FILE


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
def open_study(path: Path) -> OpenStudy:
    """Return the one ``OpenStudy`` of a store in this process."""
    return OpenStudy(path)
