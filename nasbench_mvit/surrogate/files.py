"""A surrogate on the disk: found by name or path, written whole, checked as it is read."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from nasbench_mvit import catalogue
from nasbench_mvit.errors import SurrogateError, unknown
from nasbench_mvit.files import atomic_write
from nasbench_mvit.frames import Voucher, read_frame, write_frame
from nasbench_mvit.surrogate.schema import ABOUT, COLUMNS, SCHEMA_VERSION, TRAININGS, About

PACKAGED = Path(__file__).parent / "data"
OWN = Path("surrogates")
REMEDY = "Install the package anew, or make it with `python -m nasbench_mvit.surrogate build`."
VOUCHER = Voucher(error=SurrogateError, whose="the surrogate's", file=ABOUT, remedy=REMEDY)


def surrogate_names() -> list[str]:
    """Return the names that ``find`` accepts in this working directory."""
    found = (path.parent.name for place in (OWN, PACKAGED) for path in place.glob(f"*/{ABOUT}"))
    return sorted(set(found))


def find(name_or_path: str) -> Path:
    """Return a surrogate's folder; one in ``surrogates/`` of the working directory comes first.

    Raises:
        SurrogateError: there is none of that name or path.
    """
    for folder in (Path(name_or_path), OWN / name_or_path, PACKAGED / name_or_path):
        if (folder / ABOUT).is_file():
            return folder
    raise SurrogateError(
        f"{unknown('surrogate', name_or_path, surrogate_names())} One of your own is given by the "
        f"path of the folder that holds its {ABOUT}."
    )


def read(folder: Path) -> tuple[About, pd.DataFrame]:
    """Return the description and the trainings in a surrogate's folder.

    Raises:
        SurrogateError: a file is missing, damaged, changed, or of another schema version.
    """
    path = folder / ABOUT
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise SurrogateError(f"{path} cannot be read: {problem}. {REMEDY}") from None
    about = catalogue.validate_json(text, About, SurrogateError, where=str(path))
    digest = about.sha256.get(TRAININGS)
    return about, read_frame(folder / TRAININGS, digest, COLUMNS, VOUCHER)


def write(folder: Path, about: Mapping[str, object], trainings: pd.DataFrame) -> About:
    """Write a surrogate; readers see ``surrogate.json`` last, and it vouches for the rest.

    Args:
        folder: where.
        about: the fields of ``About`` but the version and the checksums.
        trainings: with the columns of ``schema.COLUMNS``.

    Raises:
        OSError: a file, which the error names, cannot be written.
    """
    digests = {TRAININGS: write_frame(folder / TRAININGS, trainings)}
    complete = About.model_validate({**about, "schema_version": SCHEMA_VERSION, "sha256": digests})
    with atomic_write(folder / ABOUT) as file:
        file.write((complete.model_dump_json(indent=2) + "\n").encode())
    return complete
