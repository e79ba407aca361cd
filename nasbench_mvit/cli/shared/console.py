"""The terminal as commands write to it, and the observer that prints what it is told."""

import sys
import time
from collections.abc import Callable, Iterable

import pandas as pd
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from nasbench_mvit.cli.shared.parser import with_options
from nasbench_mvit.workbench.shared.observer import Observer

PIPE_WIDTH = 1_000_000  # a table to a file or another program is never cut
SENTENCE = 32  # a longer cell may go on in the next line
MIN_SENTENCE = 18
LINE_S = 30.0


def plain_console() -> Console:
    """Return a terminal on which a user's text is text, no markup."""
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    return Console(soft_wrap=True, markup=False, emoji=False, width=width)


def print_table(console: Console, title: str, rows: pd.DataFrame) -> None:
    """Print rows of text under a title; names and numbers are never cut.

    Where the terminal is too narrow, sentences wrap. If that does not suffice,
    the last columns are left out, and named below the table.
    """
    table, left_out = fitting_table(console, title, rows)
    console.print(table)
    if left_out:
        console.print(f"left out, since the terminal is narrow: {'; '.join(left_out)}")


def print_parts(console: Console, parts: Iterable[str | tuple[str, pd.DataFrame]]) -> None:
    """Print lines and tables in their order."""
    for part in parts:
        if isinstance(part, str):
            console.print(with_options(part))
        else:
            print_table(console, *part)


def fitting_table(console: Console, title: str, rows: pd.DataFrame) -> tuple[Table, list[str]]:
    """Return the table of as many columns as fit a terminal, and the names of the others."""
    unlimited = console.options.update(width=PIPE_WIDTH)
    table = _table(title, rows)
    if len(rows.columns) <= 1 or (
        Measurement.get(console, unlimited, table).minimum <= console.width
    ):
        return table, []
    table, left_out = fitting_table(console, title, rows.iloc[:, :-1])
    return table, [*left_out, rows.columns[-1]]


def _table(title: str, rows: pd.DataFrame) -> Table:
    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in rows.columns:
        lengths = [cell_len(str(cell)) for cell in (name, *rows[name])]
        has_sentences = max(lengths) > SENTENCE
        shortest = max([length for length in lengths if length <= SENTENCE], default=0)
        table.add_column(
            name,
            no_wrap=not has_sentences and len(rows.columns) > 1,
            overflow="fold",
            min_width=max(shortest, MIN_SENTENCE * has_sentences),
        )
    for row in rows.itertuples(index=False):
        table.add_row(*map(str, row))
    return table


class ConsoleNotes(Observer):
    """Prints every note on a console."""

    has_bar = False  # where the console is a terminal

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        """Print on ``console``; ``clock`` returns seconds."""
        self._console = console
        self._clock = clock
        self._next_line = clock() + LINE_S

    def note(self, text: str) -> None:
        """Print a line."""
        self._console.print(with_options(text))
        self._next_line = self._clock() + LINE_S

    def note_now_and_then(self, text: str) -> None:
        """Print a line of progress half a minute after the last, unless a terminal shows a bar."""
        is_shown = self.has_bar and self._console.is_terminal
        if not is_shown and self._clock() >= self._next_line:
            self.note(text)
