"""The runs that can be looked at, and each of them as it is from one look to the next."""

import functools
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from nasbench_mvit.ablation.results.document import FILE as ABLATION_FILE
from nasbench_mvit.errors import StoreError
from nasbench_mvit.search.readers.find_run import RUNS, content_without_store, stores_below
from nasbench_mvit.search.readers.opening import names_at, reader_of
from nasbench_mvit.search.readers.read_only import FileState, ReadError
from nasbench_mvit.search.readers.sqlite import study_names
from nasbench_mvit.search.store.location import LOCK_FILE, Location
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

    def __init__(self, path_or_url: Path | str, name: str | None = None) -> None:
        """Look at the study ``name`` of a store, at the only one without a name."""
        self._watcher = StudyWatcher(path_or_url, name=name)
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
            return self._watcher.state()
        except ReadError as error:
            return str(error)


_watched = functools.lru_cache(maxsize=64)(WatchedRun)  # one of each in this process


def find_runs(places: Sequence[str]) -> dict[str, WatchedRun]:
    """Return the studies to show by a short key that names each in a link, the newest first.

    The key is the folder's name; a store that holds several studies has one for each, FOLDER/STUDY.
    Those of databases that are given by URL follow, as DATABASE/STUDY.

    Args:
        places: folders of runs, folders that hold such folders, stores, or SQLAlchemy URLs; when
            empty, ``runs/``.
    """
    runs: dict[str, WatchedRun] = {}
    for key, path in _find_stores(places).items():
        names = study_names(path)
        if len(names) > 1:
            runs |= {f"{key}/{name}": _watched(path, name) for name in names}
        else:
            runs[key] = _watched(path)
    for url in filter(_is_url, places):
        location = Location(url=url, exclusive=False)
        key = _free_key(location.database, runs)
        try:
            names = names_at(location)
        except ReadError:  # the look at it says why
            names = []
        studies = {f"{key}/{name}": _watched(url, name) for name in names}
        runs |= studies or {key: _watched(url)}
    return runs


def _find_stores(places: Sequence[str]) -> dict[str, Path]:
    """Return the stores by the name of their folder, the newest first."""
    paths = [path for place in places if not _is_url(place) for path in _stores_of(Path(place))]
    stores: dict[str, Path] = {}
    for path in paths if places else stores_below(RUNS):
        stores[_free_key(path.resolve().parent.name, stores)] = path
    return dict(sorted(stores.items(), key=lambda item: -_begun(item[1])))


def _free_key(name: str, taken: Collection[str]) -> str:
    """Return a key that no other store has: the second of a name ends in ~2."""
    stores = {key.partition("/")[0] for key in taken}
    same = sum(key == name or key.startswith(f"{name}~") for key in stores)
    return f"{name}~{same + 1}" if same else name


def _is_url(place: str) -> bool:
    return "://" in place


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


def check_places(places: Sequence[str]) -> None:
    """Refuse folders that are not there or hold something else than a search, and other URLs.

    Raises:
        StoreError: naming the first.
    """
    for url in filter(_is_url, places):
        reader_of(Location(url=url, exclusive=False), None)
    for folder in filter(lambda place: not _is_url(place), places):
        if not Path(folder).exists():
            raise StoreError(
                f"there is no folder {folder}. Give the folder of a search, such as runs/smoke, "
                "or none for all below runs/."
            )
        what = content_without_store(Path(folder))
        if what and all(not path.exists() for path in _stores_of(Path(folder))):
            raise StoreError(f"there is no run in {folder}: {what}.")
