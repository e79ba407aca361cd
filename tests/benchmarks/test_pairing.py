"""The arithmetic of the benchmarks, on works that only move a clock."""

import statistics
from collections.abc import Callable
from functools import partial

import pytest
from pairing import WARM_UPS, Spread, take_turns, times_faster


class Machine:
    """A clock and works of known length, on a machine that may slow down."""

    def __init__(self, slowness: Callable[[int], float] = lambda _: 1.0) -> None:
        self.now = 0.0
        self.log: list[str] = []
        self._slowness = slowness

    def work(self, name: str, seconds: float) -> None:
        self.now += seconds * self._slowness(self.log.count(name))
        self.log.append(name)

    def clock(self) -> float:
        return self.now


def test_seconds_are_those_of_each_work_without_the_warm_up() -> None:
    machine = Machine(slowness=lambda turn: 10.0 if turn < WARM_UPS else 1.0)
    works = {name: partial(machine.work, name, len(name)) for name in ("a", "bb")}
    seconds = take_turns(works, rounds=4, clock=machine.clock)
    assert seconds == {"a": [1.0] * 4, "bb": [2.0] * 4}


def test_every_work_is_first_equally_often() -> None:
    machine = Machine()
    names, rounds = ["a", "b", "c"], 6
    works = {name: partial(machine.work, name, 1.0) for name in names}
    take_turns(works, rounds=rounds, clock=machine.clock)
    turns = machine.log[WARM_UPS * len(names) :]
    assert all(sorted(turns[i : i + 3]) == names for i in range(0, len(turns), 3))
    firsts = turns[::3]
    assert {firsts.count(name) for name in names} == {rounds // len(names)}


def test_a_ratio_survives_a_machine_that_slows_down() -> None:
    machine = Machine(slowness=lambda turn: 1.0 + turn)
    works = {
        "ours": partial(machine.work, "ours", 2.0),
        "theirs": partial(machine.work, "theirs", 3),
    }
    seconds = take_turns(works, rounds=5, clock=machine.clock)
    assert len(set(seconds["ours"])) == 5
    ratio = times_faster(seconds["ours"], seconds["theirs"])
    assert ratio.median == pytest.approx(3 / 2)
    assert ratio.high - ratio.low == pytest.approx(0.0)


def test_a_ratio_above_one_means_that_ours_is_faster() -> None:
    assert times_faster([1.0, 1.0], [4.0, 4.0]) == Spread(4.0, 4.0, 4.0)


def test_a_spread_is_the_median_and_the_quartiles() -> None:
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    spread = Spread.of(values)
    assert spread.median == statistics.median(values)
    assert (spread.low, spread.high) == (2.0, 4.0)


def test_works_of_unequal_numbers_of_rounds_are_no_pairs() -> None:
    with pytest.raises(ValueError, match="shorter"):
        times_faster([1.0, 2.0], [1.0])
