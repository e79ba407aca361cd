"""Folders of data with a description in JSON that vouches for their Parquet files by checksums.

A kind of folder is found by name, among one's own and those that ship, or by path; it is written
whole, and checked as it is read.
"""

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from nasbench_mvit.errors import WorkbenchError, unknown
from nasbench_mvit.io import catalogue
from nasbench_mvit.io.atomic import atomic_write
from nasbench_mvit.io.frames import parse_frame

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
ShortDigest = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class Description(BaseModel):
    """Data made of trainings in words, and what makes them these.

    Attributes:
        schema_version: of the description and the files.
        name: by which the data are found.
        space: name of the search space of the networks.
        data: source of the images, as in a study.
        data_seed: seed of their split, which those that come split ignore.
        images: fingerprint of the images.
        proxy: the recipe of the trainings.
        proxy_id: equal for equal recipes.
        device: where the trainings ran, like "cpu".
        precision: number format of their matrix products, like "float32".
        versions: of the software that put the data together.
        sha256: of each Parquet file, by name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    schema_version: int
    name: str = Field(min_length=1)
    description: str
    space: str
    data: str
    data_seed: int
    images: str
    proxy: dict[str, Any]
    proxy_id: ShortDigest
    device: str
    precision: str
    versions: dict[str, str]
    sha256: dict[str, Digest]


About = TypeVar("About", bound=Description)


@dataclass(frozen=True)
class DataFolders(Generic[About]):
    """The folders of one kind.

    Attributes:
        noun: what such a folder holds, as in "unknown table".
        about: name of the description.
        model: its schema.
        version: of the schema that is written.
        own: where a user keeps them, below the working directory.
        packaged: those that ship.
        error: to be raised.
        remedy: what to do where one is damaged, a sentence.
    """

    noun: str
    about: str
    model: type[About]
    version: int
    own: Path
    packaged: Path
    error: type[WorkbenchError]
    remedy: str

    def names(self) -> list[str]:
        """Return the names that ``find`` accepts in this working directory."""
        places = (self.own, self.packaged)
        found = (path.parent.name for place in places for path in place.glob(f"*/{self.about}"))
        return sorted(set(found))

    def find(self, name_or_path: str) -> Path:
        """Return a folder; one in ``own`` comes before one that ships.

        Raises:
            WorkbenchError: ``error``; there is none of that name or path.
        """
        for place in (Path(), self.own, self.packaged):
            folder = place / name_or_path
            if (folder / self.about).is_file():
                return folder
        raise self.error(
            f"{unknown(self.noun, name_or_path, self.names())} One of your own is given by the "
            f"path of the folder that holds its {self.about}."
        )

    def read(
        self, folder: Path, columns: Mapping[str, Sequence[str]]
    ) -> tuple[About, dict[str, pd.DataFrame]]:
        """Return the description in a folder, and its Parquet files by name.

        Args:
            folder: where.
            columns: that each file must have; it may have others.

        Raises:
            WorkbenchError: ``error``; a file is missing, damaged, changed, or of another schema
                version.
        """
        path = folder / self.about
        try:
            text = self._content(path).decode()
        except UnicodeDecodeError as problem:
            raise self.error(f"{path} cannot be read: {problem}. {self.remedy}") from None
        about = catalogue.validate_json(text, self.model, self.error, where=str(path))
        frames = {name: self._frame(folder / name, about, columns[name]) for name in columns}
        return about, frames

    def _content(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as problem:
            raise self.error(f"{path} cannot be read: {problem.strerror}. {self.remedy}") from None

    def _frame(self, path: Path, about: About, columns: Sequence[str]) -> pd.DataFrame:
        content = self._content(path)
        found, wanted = hashlib.sha256(content).hexdigest(), about.sha256.get(path.name)
        if found != wanted:
            raise self.error(
                f"{path} is damaged or not the {self.noun}'s: its SHA-256 is {found}, {self.about} "
                f"beside it says {wanted}. {self.remedy}"
            )
        return parse_frame(path, content, columns, error=self.error, remedy=self.remedy)

    def write(
        self, folder: Path, about: Mapping[str, object], frames: Mapping[str, pd.DataFrame]
    ) -> About:
        """Write a folder; readers see the description last, and it vouches for the rest.

        Args:
            folder: where.
            about: the fields of the description but the version and the checksums.
            frames: by the names of their files.

        Raises:
            OSError: a file, which the error names, cannot be written.
        """
        digests = {}
        for name, frame in frames.items():
            buffer = io.BytesIO()
            frame.to_parquet(buffer, index=False, compression="zstd")
            digests[name] = hashlib.sha256(buffer.getvalue()).hexdigest()
            with atomic_write(folder / name) as file:
                file.write(buffer.getvalue())
        complete = self.model.model_validate(
            {**about, "schema_version": self.version, "sha256": digests}
        )
        with atomic_write(folder / self.about) as file:
            file.write((complete.model_dump_json(indent=2) + "\n").encode())
        return complete
