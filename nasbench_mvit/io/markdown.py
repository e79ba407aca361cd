"""Tables in Markdown."""

from collections.abc import Iterable

import pandas as pd


def markdown_table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table with cells converted by ``str``.

    Args:
        header: names of the C columns.
        rows: rows of C cells each.
    """
    first, *others = ([_cell(cell) for cell in line] for line in (header, *rows))
    lines = [first, ["---"] * len(first), *others]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def frame_table(frame: pd.DataFrame) -> str:
    """Return the columns and rows of a frame as a table."""
    return markdown_table(frame.columns, frame.to_numpy())


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|")
