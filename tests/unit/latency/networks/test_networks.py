from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.space_file import SpaceFile
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.networks.choice import (
    DEFAULT_RESOLUTIONS,
    MAX_SAMPLE,
    NetworkChoice,
    check_resolutions,
    spread,
)
from nasbench_mvit.latency.predictor.predictor import load_predictor

MAIN = SearchSpace.load("mobilevit")


def predict_ms(networks: object) -> NDArray[np.float64]:
    return load_predictor("iphone12_coreml").predict_many(networks).ms  # type: ignore[arg-type]


def choice(space: SearchSpace = MAIN, *resolutions: int, seed: int = 0) -> NetworkChoice:
    return NetworkChoice(
        space=space,
        resolutions=check_resolutions(space, resolutions),
        predict_ms=predict_ms,
        seed=seed,
    )


def own_space(**axes: list[object]) -> SearchSpace:
    """A space around MobileViT-XXS; in names of axes a double underscore is a dot."""
    named = {name.replace("__", "."): values for name, values in axes.items()}
    data = {"schema_version": 1, "description": "a test", "base": "mobilevit_xxs", "axes": named}
    return SearchSpace("own", SpaceFile.model_validate(data))


def specs_of(networks: list[MobileViTSpec]) -> NDArray[np.float64]:
    return np.sort(np.log(predict_ms(networks)))


def test_a_sample_is_spread_evenly_where_random_networks_crowd() -> None:
    count = 60
    drawn = [network.spec for network in choice().sample(count)]
    assert len({spec.id for spec in drawn}) == count
    gaps = np.diff(specs_of(drawn))
    even = gaps.sum() / (count - 1)
    rng = np.random.default_rng(0)
    crowded = np.diff(specs_of([MAIN.sample(rng) for _ in range(count)]))
    assert gaps.max() < 2.5 * even
    assert gaps.std() / gaps.mean() < 0.6 * crowded.std() / crowded.mean()
    assert {spec.resolution for spec in drawn} == set(DEFAULT_RESOLUTIONS)


def test_a_larger_sample_holds_the_smaller_and_a_seed_draws_another() -> None:
    small, large = choice().sample(10), choice().sample(25)
    assert large[:10] == small
    assert choice(seed=1).sample(10) != small


def test_resolutions_may_be_chosen() -> None:
    drawn = choice(MAIN, 128, 192).sample(20)
    assert {network.spec.resolution for network in drawn} == {128, 192}


def test_a_small_space_gives_all_it_has() -> None:
    space = own_space(stage3__depth=[1, 2], stage4__heads=[1, 2, 4])
    drawn = choice(space, 192, 256).sample(100)
    assert len(drawn) == 2 * space.size
    assert {network.spec.id for network in drawn} == {
        spec.id
        for network in space.enumerate()
        for spec in (network, MobileViTSpec.from_dict(network.to_dict() | {"resolution": 192}))
    }


def test_sweeps_change_one_knob_of_the_base_at_a_time() -> None:
    planned = choice().sweeps()
    base = planned[0].spec
    assert base == published("mobilevit_xs")
    choices = {axis.name: len(axis.choices) for axis in MAIN.axes}
    swept = [network.origin.removeprefix("sweep of ") for network in planned[1:]]
    for name, count in choices.items():
        assert swept.count(name) == count - 1
    assert swept.count("resolution") == len(DEFAULT_RESOLUTIONS) - 1
    assert len({network.spec.id for network in planned}) == len(planned)


def test_a_base_outside_its_space_is_replaced_by_the_middle() -> None:
    space = own_space(stage3__depth=[3, 4, 5])
    planned = choice(space, 256).sweeps()
    assert [network.spec.stages[2].block.depth for network in planned] == [4, 3, 5]  # type: ignore[union-attr]


def test_the_ends_are_the_fastest_and_the_slowest_of_the_space() -> None:
    planned = {network.origin: network.spec for network in choice().ends()}
    assert set(planned) == {*BASELINES, "fastest", "slowest"}
    rng = np.random.default_rng(1)
    others = predict_ms([MAIN.sample(rng) for _ in range(500)])
    fastest, slowest = predict_ms([planned["fastest"], planned["slowest"]])
    assert fastest < others.min()
    assert slowest > others.max()
    at_all = [replace(planned["fastest"], resolution=side) for side in DEFAULT_RESOLUTIONS]
    assert fastest == predict_ms(at_all).min()  # at 160 px maps are resized, which takes longer
    assert planned["slowest"].resolution == max(DEFAULT_RESOLUTIONS)
    assert MAIN.contains(
        MobileViTSpec.from_dict(planned["fastest"].to_dict() | {"resolution": 256})
    )


def test_a_space_may_vary_the_resolution_itself() -> None:
    space = own_space(resolution=[192, 256], stage3__depth=[1, 2])
    assert {network.spec.resolution for network in choice(space).sample(4)} == {192, 256}
    with pytest.raises(MeasurementError, match="varies the resolution itself"):
        check_resolutions(space, [160])


def test_a_resolution_or_a_sample_that_cannot_be_is_one_message() -> None:
    with pytest.raises(MeasurementError, match="`resolutions=`: resolution must be from 32"):
        check_resolutions(MAIN, [256, 8])
    with pytest.raises(MeasurementError, match=f"at most {MAX_SAMPLE}"):
        choice().sample(MAX_SAMPLE + 1)


@pytest.mark.parametrize(
    ("values", "count", "places"),
    [
        ([3.0, 1.0, 2.0, 9.0], 3, [1, 3, 0]),
        ([1.0, 1.0, 1.0], 3, [0, 1, 2]),
        ([1.0], 5, [0]),
        ([2.0, 1.0], 1, [1]),
        ([], 3, []),
    ],
)
def test_spread(values: list[float], count: int, places: list[int]) -> None:
    assert spread(np.array(values), count) == places
