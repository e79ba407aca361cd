"""Finds the run that a person means: by its folder, its name below ``runs/``, or its study."""

from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.errors import StoreError, StudyError, listed, nearest
from nasbench_mvit.io import catalogue
from nasbench_mvit.io.catalogue import SUFFIXES
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.search.readers.missing_study import how_to_start
from nasbench_mvit.search.readers.opening import reader_of
from nasbench_mvit.search.readers.sqlite import Reading, StudyReader, study_names
from nasbench_mvit.search.store.location import STORE_FILE, Location, store_in
from nasbench_mvit.search.study.config import StudyConfig, load_study

RUNS = Path("runs")
OF_A_SEARCH = "front.json"
OF_A_TRAINING = "recipe.json", "model.safetensors"


@dataclass(frozen=True)
class FoundRun:
    """A run that is there.

    Attributes:
        run_dir: its folder, with reports and logs.
        place: folder, file or SQLAlchemy URL of its store, which may hold a password.
        name: name of the study in a store that is given by URL, or may hold several; None for the
            only one.
    """

    run_dir: Path
    place: Path | str
    name: str | None

    def read(self) -> Reading:
        """Return its study as it is now.

        Raises:
            StoreError: it cannot be read.
        """
        if isinstance(self.place, Path):
            return StudyReader(store_in(self.place), self.name).read()
        return reader_of(Location(url=self.place, exclusive=False), self.name).read()


def run_names() -> list[str]:
    """Return the names of the runs below ``runs/`` in the working directory."""
    return [store.parent.name for store in stores_below(RUNS)]


def find_run(study: str, *, run_dir: Path | None = None, storage: str | None = None) -> FoundRun:
    """Return the run that ``study`` names.

    Args:
        study: folder of a run or the store in it, name of a folder below ``runs/``, or name or file
            of a study that was searched into the folder of its name. Of a store with several
            studies FOLDER/STUDY is one.
        run_dir: folder of the run, if it is not the one ``study`` stands for.
        storage: SQLAlchemy URL of the store, if it is not in that folder.

    Raises:
        StoreError: there is no such run; the message names those that are there.
    """
    given = expanded(study)
    name = given.stem if given.suffix in SUFFIXES else study
    if storage is not None:
        return FoundRun(run_dir or RUNS / name, storage, name)
    below_runs = [] if given.is_relative_to(RUNS) else [RUNS / name]
    candidates = [given, *below_runs] if run_dir is None else [run_dir]
    for place in candidates:
        if found := _run_in(place, name if run_dir is not None else None):
            return found
        one_of_several = _run_in(place.parent, place.name) if len(given.parts) > 1 else None
        if one_of_several and one_of_several.name:
            return one_of_several
    place = next((place for place in candidates if place.is_dir()), candidates[-1])
    if what := content_without_store(place):
        raise StoreError(f"there is no run in {place}: {what}.")
    known = run_names()
    there = f"Here are {listed(known)}" if known else "There are no runs here"
    raise StoreError(
        f"there is no run of study '{study}' in {place}.{nearest(name, known)} {there}. "
        f"{how_to_start(study)} Or name the folder of its run."
    )


def stores_below(folder: Path) -> list[Path]:
    """Return the stores of the runs that a folder holds, by their names."""
    return sorted(folder.glob(f"*/{STORE_FILE}"))


def content_without_store(folder: Path) -> str:
    """Describe a folder that has no store, with the next step; "" for an unknown kind of folder."""
    if runs := [store.parent for store in stores_below(folder)]:
        return (
            f"it holds the runs {listed(run.name for run in runs)}. Name one of them, as {runs[0]}"
        )
    if any((folder / name).is_file() for name in OF_A_TRAINING):
        return "it is a training, whose weights `evaluate` and `export` take"
    if (folder / OF_A_SEARCH).is_file():
        return "its reports are there, its store is elsewhere: `status` reads it by its `storage=`"
    return ""


def _run_in(place: Path, study: str | None) -> FoundRun | None:
    """Return the run in a folder or a store, None without one.

    It is that of ``study`` if the store holds such a study, else of its only one.
    """
    store = store_in(place)
    if not store.is_file() or store.suffix in SUFFIXES:
        return None
    return FoundRun(store.parent, place, study if study in study_names(store) else None)


def find_study(
    name_or_path: str, *, run_dir: Path | None = None, storage: str | None = None
) -> tuple[str, StudyConfig, Path]:
    """Return the name, the content and the run directory of a study file, else of a run.

    Args:
        name_or_path: of a study file, or as ``find_run`` takes it.
        run_dir: where results go, if it is not the folder that the study stands for.
        storage: SQLAlchemy URL of the store, if it is not in that folder; a study that it holds
            needs no file.

    Raises:
        StudyError: there is neither, or the file is not valid.
        StoreError: the run cannot be read.
    """
    try:
        catalogue.find("studies", name_or_path, StudyError)
    except StudyError as unknown:
        try:
            found = find_run(name_or_path, storage=storage)
        except StoreError:
            runs = f" Runs: {listed(run_names())}." if run_names() else ""
            raise StudyError(f"{unknown}{runs}") from None
        reading = found.read()
        return reading.study, reading.config, run_dir or found.run_dir
    name, config = load_study(name_or_path)
    return name, config, run_dir or RUNS / name
