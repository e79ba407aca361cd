"""ConsoleNotes: the observer that prints what it is told."""

from rich.console import Console

from nasbench_mvit.workbench.shared.observer import Observer


class ConsoleNotes(Observer):
    """Prints every note on a console."""

    def __init__(self, console: Console) -> None:
        """Print on ``console``."""
        self._console = console

    def note(self, text: str) -> None:
        """Print a line."""
        self._console.print(text)
