"""Studies of ours searched by the sampler that takes latency and limits as cheap objectives."""

from pathlib import Path

import numpy as np
import optuna
import pytest
from driving import Run, firsts
from fakes import ArithmeticEvaluator, InlineExecutor
from optuna.samplers import RandomSampler

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cost_aware import CostAwareSampler
from nasbench_mvit.search.loop.driver import Ending
from nasbench_mvit.search.samplers.by_name import (
    distributions,
    network,
    parameters,
    suggest,
)
from nasbench_mvit.search.samplers.study_sampler import (
    KnownObjectives,
    KnownPart,
    sampler_of,
)
from nasbench_mvit.search.trials.record import Role, State

LARGE = {"space": "mobilevit", "sampler": "cost_aware", "trials": 5}
MEDIUM = {"space": "mobilevit_table", "sampler": "cost_aware", "trials": 16}
LIMITS = {"latency_ms": 8.0, "params": 3_000_000}
SMALL = SearchSpace.load("mobilevit_debug")


def networks(run: Run) -> list[str]:
    return [trial.record.spec_id for trial in run.trials()]


def test_a_study_trains_no_network_twice_and_none_beyond_its_limits(tmp_path: Path) -> None:
    run = Run(tmp_path, **LARGE, limits=LIMITS)
    assert run.go() is Ending.BUDGET
    trials = run.trials()
    assert len({trial.record.spec_id for trial in trials}) == len(trials)
    states = [trial.state for trial in trials if trial.record.role is Role.SEARCH]
    # The first is drawn before any trial within the limits has shown what there is.
    assert states[1:] == [State.COMPLETE] * (len(states) - 1)
    assert len(firsts(trials, Role.SEARCH)) >= run.config.trials


def test_a_small_space_is_exhausted_without_a_repetition(tmp_path: Path) -> None:
    run = Run(tmp_path, sampler="cost_aware", trials=99)
    assert run.go() is Ending.EXHAUSTED
    everything = SMALL.size + 2  # and S and XS, which are no members
    assert len(set(networks(run)[:everything])) == everything


@pytest.mark.parametrize("stop_after", [4, 16])
def test_a_search_that_was_cut_trains_what_it_would_have_trained(
    tmp_path: Path, stop_after: int
) -> None:
    for name in ("whole", "cut"):
        (tmp_path / name).mkdir()
    whole = Run(tmp_path / "whole", **MEDIUM)
    whole.go(InlineExecutor(ArithmeticEvaluator(), slots=1))
    cut = Run(tmp_path / "cut", **MEDIUM)
    with pytest.raises(KeyboardInterrupt):
        cut.go(InlineExecutor(ArithmeticEvaluator(), slots=1, stop_after=stop_after))
    cut.go(InlineExecutor(ArithmeticEvaluator(), slots=1))
    assert networks(cut) == networks(whole)


def test_a_sampler_sees_the_parameters_of_what_runs(tmp_path: Path) -> None:
    run = Run(tmp_path, **LARGE)
    with pytest.raises(KeyboardInterrupt):
        run.go(InlineExecutor(ArithmeticEvaluator(), slots=4, stop_after=6))
    running = [trial.number for trial in run.trials() if trial.state is State.PAUSED]
    assert running
    seen = run.store().study.trials
    for number in running:
        spec = network(run.candidates.space, seen[number].params)
        assert spec.id == run.trials()[number].record.spec_id
        assert seen[number].values is None


def test_the_cheap_objectives_of_a_study_are_those_of_its_records(tmp_path: Path) -> None:
    run = Run(tmp_path, **LARGE, limits=LIMITS | {"peak_activation_mb": 15.0})
    space, candidates = run.candidates.space, run.candidates
    rng = np.random.default_rng(0)
    specs = [space.sample(rng) for _ in range(8)]
    assignments = [dict(parameters(space, spec)) for spec in specs]
    known = KnownObjectives(candidates)
    records = [candidates.record(spec, role=Role.SEARCH, seeds=[0]) for spec in specs]
    latencies = KnownPart(known, "cost").many(assignments)
    assert latencies == pytest.approx([record.latency.ms for record in records])
    assert KnownPart(known, "cost")(assignments[0]) == latencies[0]
    for excess, record in zip(KnownPart(known, "excess").many(assignments), records, strict=True):
        assert excess == pytest.approx(tuple(candidates.excess(record).values()))


def test_a_study_without_limits_constrains_nothing(tmp_path: Path) -> None:
    run = Run(tmp_path, sampler="cost_aware")
    spec = next(SMALL.enumerate())
    limits = KnownPart(KnownObjectives(run.candidates), "excess")
    assert tuple(limits(parameters(SMALL, spec))) == ()


def test_only_the_sampler_that_keeps_a_state_is_seeded_anew(tmp_path: Path) -> None:
    run = Run(tmp_path, sampler="cost_aware", seed=5)
    sampler = sampler_of(run.config, run.candidates, begun=7)
    assert isinstance(sampler, CostAwareSampler)
    assert sampler._seed == 5
    drawn = [
        sampler_of(Run(tmp_path, sampler="random").config, run.candidates, begun=begun)
        for begun in (0, 0, 1)
    ]
    first, same, other = (
        optuna.create_study(sampler=one).ask(fixed_distributions=distributions(SMALL)).params
        for one in drawn
    )
    assert first == same
    assert isinstance(drawn[0], RandomSampler)
    assert first != other


def test_parameters_give_the_network_that_they_were_suggested_for() -> None:
    space = SearchSpace.load("mobilevit")
    study = optuna.create_study(sampler=RandomSampler(seed=0))
    for _ in range(10):
        trial = study.ask()
        assert suggest(trial, space, "random").id == network(space, trial.params).id
    assert set(distributions(space)) >= set(trial.params)
    assert network(SMALL, {}).id == next(SMALL.enumerate()).id
