"""How far a function of the workbench came."""

from enum import StrEnum


class Completion(StrEnum):
    """The way in which a run ended; finished work is kept in any case."""

    DONE = "done"
    TIME_IS_UP = "the time is up"
    WAITING = "other drivers of the study are at work"
    INCOMPLETE = "some trainings failed"
    INTERRUPTED = "interrupted"
