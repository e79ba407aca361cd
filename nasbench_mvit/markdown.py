"""Tables in Markdown."""

from collections.abc import Iterable


def markdown_table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table; cells are shown as ``str`` does.

    Args:
        header: names of the C columns.
        rows: of C cells each.
    """
    first, *others = ([_cell(cell) for cell in line] for line in (header, *rows))
    lines = [first, ["---"] * len(first), *others]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|")
