"""Tables of text on the terminal."""

import pandas as pd
from rich.console import Console
from rich.table import Table


def print_table(console: Console, title: str, rows: pd.DataFrame) -> None:
    """Print ``rows`` with a title."""
    table = Table(title=title, title_justify="left")
    for column in rows.columns:
        table.add_column(column, no_wrap=True)
    for row in rows.itertuples(index=False):
        table.add_row(*map(str, row))
    console.print(table)
