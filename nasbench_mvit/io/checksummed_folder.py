"""Folders of data with a JSON description that holds the checksums of their Parquet files.

A folder is found by name, among the user's and the shipped ones, or by path; it is written
completely, and verified when it is read.
"""

import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from nasbench_mvit.errors import WorkbenchError, unknown
from nasbench_mvit.io.atomic import atomic_write
from nasbench_mvit.io.frames import parse_frame
from nasbench_mvit.io.json_text import json_text
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.io.text_files import read_content, read_text, write_text
from nasbench_mvit.io.validation import validate_json

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
ShortDigest = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class Description(BaseModel):
    """The description of data from trainings, with their provenance.

    Attributes:
        schema_version: version of the description and the files.
        name: name of the data.
        space: name of the search space of the networks.
        data: source of the images, as in a study.
        data_seed: seed of their split, ignored by data with a fixed split.
        images: fingerprint of the images.
        proxy: the recipe of the trainings.
        proxy_id: identifier that is equal for equal recipes.
        device: device of the trainings, such as "cpu".
        precision: number format of their matrix products, such as "float32".
        versions: versions of the software that assembled the data.
        sha256: checksum of each Parquet file, by name.
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

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits, equal for data of equal content."""
        content = json.dumps(self.sha256, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:16]


About = TypeVar("About", bound=Description)
Content = TypeVar("Content", str, bytes)


@dataclass(frozen=True)
class DataFolders(Generic[About]):
    """The folders of one kind.

    Attributes:
        noun: noun for the content in messages, as in "unknown table".
        about: file name of the description.
        model: schema of the description.
        version: version of the schema that is written.
        own: folder of the user's data, below the working directory.
        packaged: folder of the shipped data.
        error: class of the errors.
        remedy: a sentence with the remedy for damaged data.
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

    def find(self, name_or_path: str | Path) -> Path:
        """Return a folder; one in ``own`` has priority over a shipped one.

        Raises:
            WorkbenchError: there is none of that name or path; the class is ``error``.
        """
        for place in (Path(), self.own, self.packaged):
            folder = place / expanded(name_or_path)
            if (folder / self.about).is_file():
                return folder
        raise self.error(
            f"{unknown(self.noun, name_or_path, self.names())} Give one of your own by the "
            f"path of the folder that holds its {self.about}."
        )

    def read(
        self, folder: Path, columns: Mapping[str, Sequence[str]]
    ) -> tuple[About, dict[str, pd.DataFrame]]:
        """Return the description in a folder, and its Parquet files by name.

        Args:
            folder: the folder.
            columns: the required columns of each file; it may have others.

        Raises:
            WorkbenchError: a file is missing, damaged, changed, or of another schema version; the
                class is ``error``.
        """
        path = folder / self.about
        text = self._read(read_text, path)
        about = validate_json(text, self.model, self.error, where=str(path))
        frames = {name: self._frame(folder / name, about, columns[name]) for name in columns}
        return about, frames

    def _read(self, read: Callable[[Path], Content], path: Path) -> Content:
        try:
            return read(path)
        except OSError as problem:
            raise self.error(f"{path} cannot be read: {problem.strerror}. {self.remedy}") from None

    def _frame(self, path: Path, about: About, columns: Sequence[str]) -> pd.DataFrame:
        content = self._read(read_content, path)
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
        """Write a folder, the description with the checksums last.

        Args:
            folder: the folder.
            about: the fields of the description without the version and the checksums.
            frames: the tables, by the names of their files.

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
        write_text(folder / self.about, json_text(complete, indent=2) + "\n")
        return complete
