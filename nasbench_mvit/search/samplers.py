"""Optuna samplers by name, and how a space is shown to them."""

import itertools
import warnings
from collections.abc import Mapping

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler, NSGAIISampler, RandomSampler, TPESampler

from nasbench_mvit.architecture.fields import Value
from nasbench_mvit.architecture.space import Axis, SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import StudyError, unknown
from nasbench_mvit.search.study import SAMPLERS

Label = bool | int | float | str
ASKED_FOR_ALL = frozenset({"nsga2"})


def make_sampler(name: str, seed: int) -> BaseSampler:
    """Return the sampler of that name.

    Raises:
        StudyError: the name is unknown.
    """
    match name:
        case "tpe":
            # Univariate TPE would spend half of a discrete budget on duplicates; groups keep the
            # fields of a block out of the model where the block is switched off.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ExperimentalWarning)
                return TPESampler(seed=seed, multivariate=True, group=True)
        case "nsga2":
            return NSGAIISampler(seed=seed, population_size=16)
        case "random":
            return RandomSampler(seed=seed)
    raise StudyError(unknown("sampler", name, SAMPLERS))


def suggest(trial: optuna.Trial, space: SearchSpace, sampler: str) -> MobileViTSpec:
    """Let the sampler of ``trial`` choose a network of ``space``.

    NSGA-II crosses only parameters that all trials have, so it also chooses those that do not
    apply, without effect; the other samplers are asked only for those that do.
    """
    chosen: dict[str, Value] = {}
    for axis in space.axes_in_order():
        applies = axis.switch is None or chosen[axis.switch]
        if not applies and sampler not in ASKED_FOR_ALL:
            continue
        choice = axis.choices[0]
        if len(axis.choices) > 1:
            choice = axis.choices[axis.labels().index(_suggest_axis(trial, axis))]
        if applies:
            chosen[axis.name] = choice
    return space.spec(chosen)


def _suggest_axis(trial: optuna.Trial, axis: Axis) -> Label:
    labels = axis.labels()
    step = _common_step(labels)
    if step is not None:  # evenly spaced whole numbers: the sampler may use their order
        return trial.suggest_int(axis.name, int(labels[0]), int(labels[-1]), step=step)
    chosen: Label = trial.suggest_categorical(axis.name, labels)  # type: ignore[assignment]
    return chosen


def _common_step(labels: tuple[Label, ...]) -> int | None:
    numbers = [label for label in labels if isinstance(label, int) and not isinstance(label, bool)]
    if len(numbers) != len(labels):
        return None
    steps = {after - before for before, after in itertools.pairwise(numbers)}
    step = steps.pop() if len(steps) == 1 else 0
    return step if step > 0 else None


def parameters(space: SearchSpace, spec: MobileViTSpec) -> Mapping[str, Label]:
    """Return the Optuna parameters with which ``suggest`` gives ``spec``, a member of ``space``."""
    here = space.assignment(spec)
    return {
        axis.name: axis.labels()[axis.choices.index(here[axis.name])]
        for axis in space.varying()
        if axis.name in here
    }
