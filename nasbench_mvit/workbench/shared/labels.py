"""A file that names the classes of a network's logits."""

from pathlib import Path

from nasbench_mvit.errors import WorkbenchError
from nasbench_mvit.io.text_files import normalised, read_text


def read_labels(path: Path, error: type[WorkbenchError]) -> tuple[str, ...]:
    """Return the names in the lines of a file, normalised.

    Raises:
        WorkbenchError: the file cannot be read, is empty or repeats a name; of class ``error``.
    """
    try:
        lines = read_text(path).split("\n")
    except OSError as problem:
        raise error(f"`classes=`: {path} cannot be read: {problem.strerror}. Correct it.") from None
    names = tuple(normalised(line.strip()) for line in lines if line.strip())
    twice = sorted({name for name in names if names.count(name) > 1})
    if not names or twice:
        what = f"'{twice[0]}' is there twice" if twice else "it is empty"
        raise error(
            f"`classes=`: {path} must name each class in a line of its own, but {what}. Correct it."
        )
    return names
