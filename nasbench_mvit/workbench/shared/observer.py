"""The base of every observer: notes for a person, which nobody reads by default."""

from typing import Any, TypeVar, cast

O = TypeVar("O")  # noqa: E741


class Observer:
    """Base class of observers, to which functions of the workbench report their progress.

    Every method does nothing, so that an observer overrides only what it shows.
    """

    def note(self, text: str) -> None:
        """Take a line for a person: what is about to be done, or what came of it."""


def together(first: O, *others: object) -> O:
    """Return an observer that tells others, in their order, what it is told."""
    return cast("O", _Together(first, *others))


class _Together:
    def __init__(self, *observers: object) -> None:
        self._observers = observers

    def __getattr__(self, name: str) -> Any:
        methods = [getattr(observer, name) for observer in self._observers]

        def tell(*arguments: Any) -> None:
            for method in methods:
                method(*arguments)

        return tell
