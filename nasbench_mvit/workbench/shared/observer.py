"""The base of every observer: notes for a person, which nobody reads by default."""


class Observer:
    """Base class of observers, to which functions of the workbench report their progress.

    Every method does nothing, so that an observer overrides only what it shows.
    """

    def note(self, text: str) -> None:
        """Take a line for a person: what is about to be done, or what came of it."""
