"""The terminal as commands write to it, and the observer that prints what it is told."""

import sys

import pandas as pd
from rich.console import Console
from rich.table import Table

from nasbench_mvit.cli.shared.parser import with_options
from nasbench_mvit.workbench.shared.observer import Observer

PIPE_WIDTH = 1000  # a table to a file or another program is never cut


def plain_console() -> Console:
    """Return a terminal on which a user's text is text, no markup."""
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    return Console(soft_wrap=True, markup=False, emoji=False, width=width)


def print_table(console: Console, title: str, rows: pd.DataFrame) -> None:
    """Print rows of text under a title."""
    table = Table(title=title, title_justify="left")
    for column in rows.columns:
        table.add_column(column, no_wrap=True)
    for row in rows.itertuples(index=False):
        table.add_row(*map(str, row))
    console.print(table)


class ConsoleNotes(Observer):
    """Prints every note on a console."""

    def __init__(self, console: Console) -> None:
        """Print on ``console``."""
        self._console = console

    def note(self, text: str) -> None:
        """Print a line."""
        self._console.print(with_options(text))
