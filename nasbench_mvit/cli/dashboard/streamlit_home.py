"""A home directory for Streamlit, which reads its settings there as it loads."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def usable_home(file: str) -> Iterator[None]:
    """Use an empty folder in place of a home directory that is missing or not accessible.

    Containers often have one or the other. A library that reads optional settings from the home
    directory may fail if it may not access it.

    Args:
        file: the settings file, relative to the home directory.
    """
    if _is_accessible(file):
        yield
        return
    with TemporaryDirectory() as folder:
        os.environ["HOME"] = folder
        yield


def _is_accessible(file: str) -> bool:
    try:
        (Path.home() / file).stat()
    except FileNotFoundError:
        return True
    except (OSError, RuntimeError):
        return False
    return True
