"""Packages that only some need: they count where they are installed, and only there.

A folder or a file of the working directory that is called like such a package (timm, datasets,
wandb, a folder of TensorBoard's curves) would be imported in its place.
"""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def only_installed() -> Iterator[None]:
    """Import without what lies in the working directory, whatever is on the path."""
    here = Path.cwd()
    hidden = [(i, entry) for i, entry in enumerate(sys.path) if Path(entry).resolve() == here]
    for _, entry in hidden:
        sys.path.remove(entry)
    try:
        yield
    finally:
        for index, entry in hidden:
            sys.path.insert(index, entry)


def is_installed(package: str) -> bool:
    """Return whether a package is installed, without loading it.

    A folder without ``__init__.py`` on the path is a package to Python, but none here unless it was
    installed under its own name.
    """
    with only_installed():
        try:
            spec = importlib.util.find_spec(package)
        except ValueError:  # it is loaded, and has no spec
            return False
        if spec is None or spec.origin is not None:
            return spec is not None
        from importlib import metadata  # noqa: PLC0415 - slow to load, and seldom needed

        try:
            return bool(metadata.version(package))
        except metadata.PackageNotFoundError:
            return False


def load(module: str) -> Any:
    """Return a module of an optional package.

    Raises:
        ImportError: the package is not installed, or does not load.
    """
    package = module.partition(".")[0]
    if not is_installed(package):
        raise ModuleNotFoundError(f"{package} is not installed", name=package)
    with only_installed():
        return importlib.import_module(module)
