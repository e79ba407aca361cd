"""The runs that can be looked at, and each of them as it is from one look to the next."""

import functools
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from nasbench_mvit.ablation.results.document import FILE as ABLATION_FILE
from nasbench_mvit.errors import StoreError
from nasbench_mvit.search.readers.find_run import RUNS, content_without_store, stores_below
from nasbench_mvit.search.readers.read_only import FileState, ReadError, file_state
from nasbench_mvit.search.readers.sqlite import study_names
from nasbench_mvit.search.store.location import LOCK_FILE
from nasbench_mvit.workbench.studies.open import StudyWatcher, store_in
from nasbench_mvit.workbench.studies.study import Study


@dataclass(frozen=True, kw_only=True)
class Look:
    """A store as it was found.

    Attributes:
        study: its content as it was last read, None where it never could be.
        seen: when that was.
        trouble: what keeps it from being read now, in a few words; empty if nothing does.
        reason: the same in full.
    """

    study: Study | None
    seen: datetime
    trouble: str = ""
    reason: str = ""


class WatchedRun:
    """One study of a store, looked at as often as a page is drawn, from several threads."""

    def __init__(self, path: Path, name: str | None = None) -> None:
        """Look at the study ``name`` in the store ``path``, at the only one without a name."""
        self.path = path
        self._watcher = StudyWatcher(path, name=name)
        self._last = Look(study=None, seen=datetime.now(UTC))
        self._lock = threading.Lock()

    def look(self) -> Look:
        """Return the current study.

        If it cannot be read, return the last one that was read, with the reason.
        """
        with self._lock:
            try:
                study = self._watcher.read()
            except ReadError as error:
                return replace(self._last, trouble=error.trouble.value, reason=str(error))
            if study is not self._last.study:
                self._last = Look(study=study, seen=datetime.now(UTC))
            return self._last

    def state(self) -> FileState | str:
        """Return a value that changes when there is something new to look at."""
        try:
            return file_state(self.path)
        except ReadError as error:
            return str(error)


_watched = functools.lru_cache(maxsize=64)(WatchedRun)  # one of each in this process


def find_runs(run_dirs: Sequence[str]) -> dict[str, WatchedRun]:
    """Return the studies to show by a short key that names each in a link, the newest first.

    The key is the folder's name; a store that holds several studies has one for each, FOLDER/STUDY.

    Args:
        run_dirs: folders of runs, folders that hold such folders, or stores; when empty, ``runs/``.
    """
    runs: dict[str, WatchedRun] = {}
    for key, path in _find_stores(run_dirs).items():
        names = study_names(path)
        if len(names) > 1:
            runs |= {f"{key}/{name}": _watched(path, name) for name in names}
        else:
            runs[key] = _watched(path)
    return runs


def _find_stores(run_dirs: Sequence[str]) -> dict[str, Path]:
    """Return the stores by the name of their folder, the newest first."""
    paths = [path for folder in run_dirs for path in _stores_of(Path(folder))]
    stores: dict[str, Path] = {}
    for path in paths if run_dirs else stores_below(RUNS):
        name = path.resolve().parent.name
        same = sum(key == name or key.startswith(f"{name}~") for key in stores)
        stores[f"{name}~{same + 1}" if same else name] = path
    return dict(sorted(stores.items(), key=lambda item: -_begun(item[1])))


def _stores_of(folder: Path) -> list[Path]:
    """Return the store of a run, those of a folder of runs, none of a folder of ablations."""
    if (store := store_in(folder)).exists():
        return [store]
    return stores_below(folder) or ([] if _is_of_ablations(folder) else [store])


def _begun(store: Path) -> float:
    """Return when a run was begun: its folder's lock is made then, and never written again."""
    for path in (store.with_name(LOCK_FILE), store):
        if path.exists():
            return path.stat().st_mtime
    return 0.0


def _is_of_ablations(folder: Path) -> bool:
    """Return whether a folder holds reports of ablations."""
    return any(folder.glob(ABLATION_FILE)) or any(folder.glob(f"*/{ABLATION_FILE}"))


def check_run_dirs(run_dirs: Sequence[str]) -> None:
    """Refuse folders that are not there, or hold something else than a search.

    Raises:
        StoreError: naming the first.
    """
    for folder in run_dirs:
        if not Path(folder).exists():
            raise StoreError(
                f"there is no folder {folder}. Give the folder of a search, such as runs/smoke, "
                "or none for all below runs/."
            )
        what = content_without_store(Path(folder))
        if what and all(not path.exists() for path in _stores_of(Path(folder))):
            raise StoreError(f"there is no run in {folder}: {what}.")
