"""A runtime as the page gets it: files in a folder, with the module to import."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class WebRuntime:
    """One version of a runtime, with the files that an engine of it needs.

    Attributes:
        name: as targets have it.
        version: as its package says.
        folder: where the files lie.
        files: their names.
        entry: name of the module to import.
    """

    name: str
    version: str
    folder: Path
    files: tuple[str, ...]
    entry: str
