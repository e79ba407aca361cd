"""The bar of a run: its title, the share that is done, and what is left in words."""

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn


def run_bar(console: Console) -> Progress:
    """Return a bar whose tasks have a field ``left``, the text at its end; it is not started."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn("[progress.percentage]{task.percentage:.1f} %"),
        TextColumn("{task.fields[left]}"),
        console=console,
    )
