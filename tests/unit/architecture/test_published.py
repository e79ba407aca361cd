"""The published networks: 24 of them, with exactly their parameters and their figures."""

import dataclasses

import pytest

from nasbench_mvit.architecture import published_figures
from nasbench_mvit.architecture.published import BASELINES, PUBLISHED, published
from nasbench_mvit.architecture.published_figures import FIGURES, published_name
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.errors import SpecError

MEMBERS = (
    *BASELINES,
    "mobilevit_s_no_fusion",
    "mobilevitv2_0.5",
    "mobilevitv2_0.75",
    "mobilevitv2_1.0",
    *(name for name in PUBLISHED if name.startswith("mobilevitv3")),
)


def test_there_are_24_networks_each_with_figures_and_a_source() -> None:
    assert len(PUBLISHED) == 24
    assert tuple(FIGURES) == PUBLISHED
    assert len({published(name).id for name in PUBLISHED}) == 24
    for figures in FIGURES.values():
        assert 69.0 <= figures.top1 <= 81.17
        assert figures.top1_source
        assert (figures.latency_ms is None) == (not figures.latency_source)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_network_has_exactly_the_published_parameters(name: str) -> None:
    assert count_costs(published(name)).params == FIGURES[name].params


def test_patches_replace_those_of_the_network() -> None:
    assert published("mobilevit_s", patches=(8, 4, 2)) == published("mobilevit_s_patch_8_4_2")
    v2 = published("mobilevitv2_0.5", patches=(4, 2, 2), resolution=128)
    assert [stage.block.patch for stage in v2.stages if stage.block] == [(4, 4), (2, 2), (2, 2)]
    assert v2.resolution == 128


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(SpecError, match=r"mobilevitv2_1\.0"):
        published("mobilevitv2_1")


@pytest.mark.parametrize("name", MEMBERS)
def test_the_family_space_holds_v1_v2_and_v3(name: str) -> None:
    space, spec = SearchSpace.load("mobilevit_family"), published(name)
    assert space.contains(spec)
    assert space.spec(space.assignment(spec)).id == spec.id


@pytest.mark.parametrize("resolution", [160, 256])
def test_a_spec_is_named_by_a_table_that_is_made_once(
    resolution: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs = {name: published(name, resolution=resolution) for name in PUBLISHED}
    assert published_name(dataclasses.replace(specs["mobilevit_s"], stem_channels=24)) is None
    monkeypatch.delattr(published_figures, "published")
    assert {name: published_name(spec) for name, spec in specs.items()} == dict(
        zip(PUBLISHED, PUBLISHED, strict=True)
    )
