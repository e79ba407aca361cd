"""Optuna samplers by name, and the mapping between a space and Optuna's parameters."""

import itertools
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler, NSGAIISampler, RandomSampler, TPESampler

from nasbench_mvit.architecture.axis import Axis
from nasbench_mvit.architecture.fields import Value
from nasbench_mvit.architecture.network import Network, mobilevit
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import StudyError, listed, unknown
from nasbench_mvit.search.study.config import SELF_TAUGHT

Label = bool | int | float | str
NEED_ALL = frozenset({"nsga2"})


def make_sampler(name: str, seed: int) -> BaseSampler:
    """Return the sampler of that name, one that uses trials alone.

    Raises:
        StudyError: the name is unknown.
    """
    match name:
        case "tpe":
            # Univariate TPE would spend half of a discrete budget on duplicates; groups exclude
            # the fields of a block from the model where the block is switched off.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ExperimentalWarning)
                return TPESampler(seed=seed, multivariate=True, group=True)
        case "nsga2":
            return NSGAIISampler(seed=seed, population_size=16)
        case "random":
            return RandomSampler(seed=seed)
    raise StudyError(unknown("sampler", name, SELF_TAUGHT))


def suggest(trial: optuna.Trial, space: SearchSpace, sampler: str) -> MobileViTSpec:
    """Let the sampler of ``trial`` choose a network of ``space``.

    NSGA-II crosses only parameters that all trials have, so it also gets those that do not apply,
    without effect; the other samplers get only those that do.
    """
    return _choose(space, lambda axis: _suggest_axis(trial, axis), of_all=sampler in NEED_ALL)


def ask_for(study: optuna.Study, space: SearchSpace, spec: Network, sampler: str) -> optuna.Trial:
    """Ask for a trial of ``spec``; one of a network outside the space has no parameters."""
    is_member = isinstance(spec, MobileViTSpec) and space.contains(spec)
    if is_member:  # the sampler uses it like any other network
        study.enqueue_trial(dict(parameters(space, mobilevit(spec))))
    trial = study.ask()
    if is_member:
        suggest(trial, space, sampler)
    return trial


def misfit(space: SearchSpace, params: Mapping[str, Any]) -> str | None:
    """Return why Optuna parameters fit no network of ``space``; None if they do."""
    labels = {axis.name: axis.labels() for axis in space.varying()}
    for name, value in params.items():
        if name not in labels:
            return unknown("parameter", name, labels)
        if value not in labels[name]:
            return f"{name} is {value!r}, possible are {listed(labels[name])}"
    return None


def network(space: SearchSpace, params: Mapping[str, Any]) -> MobileViTSpec:
    """Return the network of ``space`` with these Optuna parameters, as ``suggest`` would.

    A missing parameter, which no trial has had yet, gets its first choice.
    """

    def chosen(axis: Axis) -> Label:
        label: Label = params.get(axis.name, next(iter(axis.by_label)))
        return label

    return _choose(space, chosen, of_all=False)


def _choose(space: SearchSpace, choose: Callable[[Axis], Any], *, of_all: bool) -> MobileViTSpec:
    chosen: dict[str, Value] = {}
    for axis in space.axes_in_order:
        applies = axis.applies(chosen)
        if not applies and not of_all:
            continue
        choice = axis.choices[0]
        if len(axis.choices) > 1:
            choice = axis.by_label[choose(axis)]
        if applies:
            chosen[axis.name] = choice
    return space.spec(chosen)


def distributions(space: SearchSpace) -> dict[str, BaseDistribution]:
    """Return the Optuna distributions of the axes that vary."""
    return {axis.name: _distribution(axis) for axis in space.varying()}


def _distribution(axis: Axis) -> IntDistribution | CategoricalDistribution:
    labels = axis.labels()
    step = _common_step(labels)
    if step is None:
        return CategoricalDistribution(labels)
    # Evenly spaced whole numbers, whose order a sampler may use.
    return IntDistribution(int(labels[0]), int(labels[-1]), step=step)


def _suggest_axis(trial: optuna.Trial, axis: Axis) -> Any:
    match _distribution(axis):
        case IntDistribution(low=low, high=high, step=step):
            return trial.suggest_int(axis.name, low, high, step=step)
        case CategoricalDistribution(choices=choices):
            return trial.suggest_categorical(axis.name, choices)


def _common_step(labels: tuple[Label, ...]) -> int | None:
    numbers = [label for label in labels if isinstance(label, int) and not isinstance(label, bool)]
    if len(numbers) != len(labels):
        return None
    steps = {after - before for before, after in itertools.pairwise(numbers)}
    step = steps.pop() if len(steps) == 1 else 0
    return step if step > 0 else None


def parameters(space: SearchSpace, spec: MobileViTSpec) -> Mapping[str, Label]:
    """Return the Optuna parameters of ``spec``, a member of ``space``; inverse of ``network``."""
    here = space.assignment(spec)
    return {
        axis.name: axis.labels()[axis.choices.index(here[axis.name])]
        for axis in space.varying()
        if axis.name in here
    }
