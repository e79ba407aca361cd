import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from nasbench_mvit.analysis.pareto import hypervolume
from nasbench_mvit.cost_aware.candidates import ENUMERABLE, Pool, key_of
from nasbench_mvit.cost_aware.conditions import Conditions
from nasbench_mvit.cost_aware.encoding import Encoding
from nasbench_mvit.cost_aware.gaussian_process import GaussianProcess, Hyperparameters
from nasbench_mvit.cost_aware.hypervolume_improvement import (
    expected_hypervolume_improvement,
    undominated_boxes,
)
from nasbench_mvit.cost_aware.warp import Warp, clip_outliers

Floats = NDArray[np.float64]
NO_ORIGIN = -np.inf


def volume(points: Floats, reference: Floats) -> float:
    """Return the hypervolume by inclusion and exclusion."""
    points = points[(points < reference).all(axis=1)]
    total = 0.0
    for subset in range(1, 2 ** len(points)):
        chosen = points[[bool(subset >> i & 1) for i in range(len(points))]]
        total -= (-1) ** len(chosen) * np.prod(reference - chosen.max(axis=0))
    return total


@pytest.mark.parametrize("num_objectives", [1, 2, 3])
@pytest.mark.parametrize("num_points", [0, 1, 5])
def test_a_known_gain_is_the_difference_of_two_hypervolumes(
    num_objectives: int, num_points: int
) -> None:
    rng = np.random.default_rng(num_objectives)
    reference = np.full(num_objectives, 0.9)
    points, candidates = rng.random((num_points, num_objectives)), rng.random((6, num_objectives))
    boxes = undominated_boxes(points, reference)
    origins = np.full(num_objectives, NO_ORIGIN)
    gains = expected_hypervolume_improvement(candidates, np.zeros_like(candidates), boxes, origins)
    before = volume(points, reference)
    expected = [volume(np.vstack([points, c]), reference) - before for c in candidates]
    assert gains == pytest.approx(expected)


@pytest.mark.parametrize("num_objectives", [2, 3])
@pytest.mark.parametrize("is_log", [False, True])
def test_the_expected_gain_is_the_mean_of_drawn_gains(num_objectives: int, *, is_log: bool) -> None:
    rng = np.random.default_rng(1)
    reference = np.full(num_objectives, 1.2)
    points = rng.random((4, num_objectives))
    boxes = undominated_boxes(points, reference)
    mean, sd = rng.random((1, num_objectives)) - 0.3, np.full((1, num_objectives), 0.4)
    sd[0, -1] = 0.0  # the last objective is known
    origins = np.full(num_objectives, NO_ORIGIN)
    origins[0] = -0.5 if is_log else NO_ORIGIN
    targets = mean + sd * rng.standard_normal((200_000, num_objectives))
    if is_log:
        targets[:, 0] = origins[0] + np.exp(targets[:, 0])
    known = np.full(num_objectives, NO_ORIGIN)
    drawn = expected_hypervolume_improvement(targets, np.zeros_like(targets), boxes, known)
    error = 4 * drawn.std() / np.sqrt(len(drawn))
    gain = expected_hypervolume_improvement(mean, sd, boxes, origins)
    assert gain == pytest.approx([drawn.mean()], abs=error)


@settings(derandomize=True, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=12))
def test_boxes_and_what_is_dominated_fill_the_space(points: list[tuple[float, float]]) -> None:
    values = np.array(points, dtype=float).reshape(-1, 2)
    lower, upper = undominated_boxes(values, np.ones(2))
    boxes = np.prod(upper - np.maximum(lower, 0.0), axis=1).sum()
    covered = hypervolume(-values[:, 0], values[:, 1], worst_top1=-1.0, worst_latency_ms=1.0)
    assert boxes + covered == pytest.approx(1.0)


def matern(left: Floats, right: Floats, theta: Hyperparameters) -> Floats:
    distance = np.linalg.norm((left[:, None] - right[None]) / theta.scales, axis=2)
    scaled = np.sqrt(5) * distance
    smooth = theta.matern * (1 + scaled + scaled**2 / 3) * np.exp(-scaled)
    return np.asarray(smooth + theta.linear * (1 + left @ right.T))


def test_the_posterior_is_that_of_the_textbook() -> None:
    rng = np.random.default_rng(0)
    inputs, values, candidates = rng.random((9, 2)), rng.normal(3, 2, 9), rng.random((4, 2))
    theta = Hyperparameters(np.array([0.4, 1.5]), linear=0.2, matern=0.9, noise=0.05)
    process = GaussianProcess(inputs, values, np.arange(2), theta)
    # Rasmussen & Williams, eq. 2.25 and 2.26, of standardised values.
    targets = (values - values.mean()) / values.std()
    inverse = np.linalg.inv(matern(inputs, inputs, theta) + theta.noise * np.eye(9))
    cross = matern(candidates, inputs, theta)
    variance = np.diag(matern(candidates, candidates, theta) - cross @ inverse @ cross.T)
    mean, sd = process.predict(candidates)
    assert mean == pytest.approx(values.mean() + values.std() * (cross @ inverse @ targets))
    assert sd == pytest.approx(values.std() * np.sqrt(variance))


def test_conditioning_on_pending_keeps_the_mean_and_lowers_the_deviation() -> None:
    rng = np.random.default_rng(0)
    inputs, running = rng.random((12, 3)), rng.random((2, 3))
    process = GaussianProcess(inputs, np.sin(4 * inputs).sum(axis=1), np.arange(3))
    mean, sd = process.predict(running)
    after_mean, after_sd = process.condition_on_pending(running).predict(running)
    assert after_mean == pytest.approx(mean, abs=1e-6)
    assert (after_sd < sd).all()


def test_a_fit_finds_which_parameter_matters() -> None:
    rng = np.random.default_rng(0)
    inputs = rng.random((60, 3))
    values = np.sin(6 * inputs[:, 1])
    process = GaussianProcess(inputs, values, np.arange(3))
    assert process.hyperparameters.scales.argmin() == 1
    fresh = rng.random((100, 3))
    mean, _ = process.predict(fresh)
    assert np.corrcoef(mean, np.sin(6 * fresh[:, 1]))[0, 1] > 0.99


def test_a_heavy_tail_is_warped_and_comes_back() -> None:
    rng = np.random.default_rng(0)
    values = np.exp(rng.normal(0, 1, 200))
    warp = Warp.of(values)
    assert warp.is_log
    assert warp.back(warp(values)) == pytest.approx(values)
    assert not Warp.of(rng.normal(0, 1, 200)).is_log
    assert not Warp.of(np.ones(5)).is_log


def test_what_is_very_bad_is_only_bad() -> None:
    values = np.array([0.0, 1.0, 2.0, 3.0, 1e9])
    assert (clip_outliers(values)[:4] == values[:4]).all()
    assert values[3] < clip_outliers(values)[4] < 100


SPACE: dict[str, BaseDistribution] = {
    "block": CategoricalDistribution((True, False)),
    "kind": CategoricalDistribution(("a", "b", "c")),
    "other": CategoricalDistribution(("a", "b", "c")),
    "width": CategoricalDistribution((16, 32, 96)),
    "depth": IntDistribution(1, 5),
    "units": IntDistribution(1, 64, log=True),
    "rate": FloatDistribution(1e-4, 1.0, log=True),
    "share": FloatDistribution(0.0, 1.0, step=0.25),
}


def test_numbers_stand_in_their_order_and_choices_at_one_distance() -> None:
    encoding = Encoding(
        {name: SPACE[name] for name in ("kind", "width", "units")}, optional={"kind"}
    )
    rows = encoding.encode(
        [
            {"kind": "a", "width": 16, "units": 8},
            {"kind": "c", "width": 32, "units": 8},
            {"width": 96, "units": 64},
        ]
    )
    assert rows.shape == (3, len(encoding.owners_F))
    kind, units, width = (rows[:, encoding.owners_F == owner] for owner in range(3))
    assert np.linalg.norm(kind[0] - kind[1]) == pytest.approx(1)
    assert kind[2].tolist() == [0, 0, 0, 0]
    assert units.ravel() == pytest.approx([0.5, 0.5, 1.0])
    assert width[:, -1].tolist() == [0.0, 0.5, 1.0]


def test_parameters_alike_are_counted() -> None:
    encoding = Encoding({name: SPACE[name] for name in ("kind", "other")}, optional=set())
    counts = encoding.encode([{"kind": "a", "other": "a"}, {"kind": "c", "other": "b"}])[:, -3:]
    assert counts == pytest.approx(np.array([[1, 0, 0], [0, 0.5, 0.5]]))


def contains(distribution: BaseDistribution, value: object) -> bool:
    return distribution._contains(distribution.to_internal_repr(value))


@settings(max_examples=25, derandomize=True, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_whatever_is_drawn_or_changed_lies_in_the_space(seed: int) -> None:
    rng = np.random.default_rng(seed)
    start = Pool(Conditions([], SPACE), SPACE, seen=()).draw(3, rng)
    pool = Pool(Conditions(start, SPACE), SPACE, seen=start)
    for found in [*pool.draw(20, rng), *pool.mutate(start, 20, rng)]:
        assert set(found) == set(SPACE)
        assert all(contains(distribution, found[name]) for name, distribution in SPACE.items())


def test_a_small_space_is_listed_and_a_continuous_one_is_not() -> None:
    names = ("block", "depth", "share")
    some = {name: SPACE[name] for name in names}
    listed = Pool(Conditions([], some), some, seen=()).all(ENUMERABLE)
    assert listed is not None
    assert len({key_of(one) for one in listed}) == len(listed) == 2 * 5 * 5
    assert Pool(Conditions([], SPACE), SPACE, seen=()).all(ENUMERABLE) is None


def nested(block: object, kind: object, depth: object) -> dict[str, object]:
    """Return the parameters of an objective with two nested conditions."""
    found: dict[str, object] = {"share": 0.0, "block": block}
    if block:
        found["kind"] = kind
        if kind == "b":
            found["depth"] = depth
    return found


def test_conditions_within_conditions_are_learnt() -> None:
    rng = np.random.default_rng(0)
    tried = [
        nested(rng.random() < 0.5, "abc"[rng.integers(3)], int(rng.integers(1, 6)))
        for _ in range(30)
    ]
    named = {name: SPACE[name] for name in ("share", "block", "kind", "depth")}
    conditions = Conditions(tried, named)
    assert conditions.optional == {"kind", "depth"}
    for block in (True, False):
        for kind in "abc":
            wanted = nested(block, kind, 3)
            everything = {"share": 0.0, "block": block, "kind": kind, "depth": 3}
            assert conditions.active(everything) == wanted
    listed = Pool(Conditions(tried, named), named, seen=tried).all(ENUMERABLE)
    assert listed is not None
    assert len(listed) == 5 * (1 + 2 + 5)  # shares, times without block, a and c, b with depths
