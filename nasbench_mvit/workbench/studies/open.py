"""open_study: look at a study that runs or has ended; nothing of it is changed."""

from dataclasses import replace
from pathlib import Path

from nasbench_mvit.errors import CalibrationError
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.search.finalists.summary import summarise_final
from nasbench_mvit.search.readers.find_run import RUNS, find_run, find_study
from nasbench_mvit.search.readers.opening import file_reader, reader_of
from nasbench_mvit.search.readers.read_only import FileState
from nasbench_mvit.search.readers.sqlite import Reading
from nasbench_mvit.search.results.row import Row, row_of
from nasbench_mvit.search.results.summary import summary_of
from nasbench_mvit.search.store.location import Location, store_in
from nasbench_mvit.search.trials.candidates import LimitCheck
from nasbench_mvit.search.trials.record import StoredTrial
from nasbench_mvit.workbench.studies.study import Study

__all__ = ["RUNS", "StudyWatcher", "find_run", "find_study", "open_study", "store_in"]


def open_study(path_or_url: Path | str, *, name: str | None = None) -> Study:
    """Return a study as it is now, be it that a search writes it, has ended or was cut off.

    Args:
        path_or_url: run directory, ``study.db`` in it, or SQLAlchemy URL of the store.
        name: name of the study; it may be left out if the store holds no other.

    Raises:
        StoreError: there is no such study, or it cannot be read.

    Example:
        >>> study = open_study("runs/smoke")
        >>> study.front[["name", "top1", "latency_ms"]].columns.tolist()
        ['name', 'top1', 'latency_ms']
        >>> study.best_under(8.0).latency_high_ms <= 8.0
        True
    """
    return StudyWatcher(path_or_url, name=name).read()


class StudyWatcher:
    """Reads one study again and again; trials that have ended are read and summarised once."""

    def __init__(self, path_or_url: Path | str, *, name: str | None = None) -> None:
        """Watch the study that ``open_study`` would open with the same arguments.

        Raises:
            StoreError: there is no such file, or this is no URL.
        """
        if "://" in str(path_or_url):
            location = Location(url=str(path_or_url), exclusive=False)
            self._place, self._reader = str(location), reader_of(location, name)
        else:
            file = store_in(expanded(path_or_url))
            self._place, self._reader = str(file), file_reader(file, name)
        self._rows: dict[int, tuple[StoredTrial, Row]] = {}
        self._study: Study | None = None

    def read(self) -> Study:
        """Return the study as it is now, the same object as before where nothing has changed.

        Raises:
            StoreError: it cannot be read.
        """
        reading = self._reader.read()
        if self._study is None or self._study.reading is not reading:
            self._study = self._made(reading)
        return self._study

    def state(self) -> FileState:
        """Return a value that changes when there is something new to read.

        Raises:
            StoreError: it cannot be read.
        """
        return self._reader.state()

    def _made(self, reading: Reading) -> Study:
        limits = LimitCheck(reading.config.limits, reading.config.rule)
        rows = [self._row(trial, limits) for trial in reading.trials]
        try:
            calibration, problem = reading.config.find_calibration(), ""
        except CalibrationError as error:
            calibration, problem = None, str(error)
        summary = summary_of(rows, reading.trials, reading.config, calibration)
        study = Study(
            place=self._place,
            reading=reading,
            summary=summary,
            final=None,
            calibration_problem=problem,
        )
        if reading.final is None:
            return study
        return replace(study, final=summarise_final(reading.final, summary, study.predictor))

    def _row(self, trial: StoredTrial, limits: LimitCheck) -> Row:
        known = self._rows.get(trial.number)
        if known is None or known[0] is not trial:
            known = self._rows[trial.number] = (trial, row_of(trial, limits))
        return known[1]
