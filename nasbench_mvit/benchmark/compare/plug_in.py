"""What users bring to a comparison: ``MODULE:NAME`` of a module of theirs."""

import importlib
import inspect
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optuna.samplers import BaseSampler

from nasbench_mvit.benchmark.compare.problem import MakeSampler, Problem
from nasbench_mvit.errors import StudyError, WorkbenchError, listed

SEPARATOR = ":"
SAMPLER = (
    "A function of a problem and a seed is needed that returns an Optuna sampler, such as "
    "`def make(problem, seed): return optuna.samplers.TPESampler(seed=seed)`."
)
PROBLEM = "A Problem is needed whose outcomes map the values of its parameters to an Outcome."


def is_plug_in(name: str) -> bool:
    """Return whether a name refers to an attribute of a module."""
    return SEPARATOR in name


def load(reference: str) -> Any:
    """Return the attribute of a module.

    Args:
        reference: ``MODULE:NAME``; the module is installed or lies in the working directory.

    Raises:
        StudyError: there is no such module or name, or the module fails as it is imported.
    """
    module_name, _, name = reference.partition(SEPARATOR)
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)  # an installed module of the same name goes first
    try:
        module = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a module of the user's may fail in any way
        raise StudyError(
            f"{reference}: the module {module_name!r} cannot be imported "
            f"({type(error).__name__}: {error}). It must be installed or lie in the working "
            "directory, and is written MODULE:NAME, as my_samplers:make."
        ) from None
    if not hasattr(module, name):
        public = [own for own in vars(module) if not own.startswith("_")]
        raise StudyError(f"{reference}: {module_name} has no {name!r}. It has: {listed(public)}.")
    return getattr(module, name)


@dataclass(frozen=True)
class OwnSampler:
    """A user-supplied function that makes samplers.

    Attributes:
        name: ``MODULE:FUNCTION``.
        make: the function.
    """

    name: str
    make: MakeSampler

    def __post_init__(self) -> None:
        """Check that a problem and a seed can be passed.

        Raises:
            StudyError: this is no function, or none of two arguments.
        """
        if not callable(self.make):
            raise StudyError(f"{self.name} is {type(self.make).__name__}. {SAMPLER}")
        try:
            signature = inspect.signature(self.make)
        except ValueError:  # of some built-in functions, which has none
            return
        try:
            signature.bind(None, 0)
        except TypeError as error:
            raise StudyError(f"{self.name}{signature}: {error}. {SAMPLER}") from None

    def __call__(self, problem: Problem, seed: int) -> BaseSampler:
        """Return a sampler.

        Raises:
            StudyError: the function fails, or returns something else.
        """
        with faults_of(self.name, f"when it was called with seed {seed}", SAMPLER):
            sampler = self.make(problem, seed)
        if not isinstance(sampler, BaseSampler):
            raise StudyError(f"{self.name} returned {sampler!r}, which is not a sampler. {SAMPLER}")
        return sampler


@contextmanager
def faults_of(name: str, when: str, needed: str) -> Iterator[None]:
    """Convert whatever the code of a user raises inside to one message with its place.

    Args:
        name: ``MODULE:NAME`` of the code.
        when: when it runs, in words.
        needed: a sentence with what is needed.

    Raises:
        StudyError: in place of any other error.
    """
    try:
        yield
    except WorkbenchError:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - code of the user's may fail in any way
        module = sys.modules.get(name.partition(SEPARATOR)[0])
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if frame.filename == getattr(module, "__file__", None)]
        at = (own or frames)[-1]
        cause = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(":")
        raise StudyError(
            f"{name} failed {when} ({cause}, {at.filename}:{at.lineno}). {needed}"
        ) from None
