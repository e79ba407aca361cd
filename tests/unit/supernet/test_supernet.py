"""The networks of a supernet are those that ``models`` builds, with the weights cut for them."""

import dataclasses

import numpy as np
import pytest
import torch
from random_specs import random_family_spec

from nasbench_mvit.architecture.fields import flatten
from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import SupernetError
from nasbench_mvit.models.mobilevit import MobileViT
from nasbench_mvit.supernet.cuts import cut, shared_name
from nasbench_mvit.supernet.largest import covering, largest_networks
from nasbench_mvit.supernet.supernet import Supernet

CLASSES, NUM_SPECS = 5, 200


def shallow(spec: MobileViTSpec) -> MobileViTSpec:
    """Return a network with fewer layers and without dropout."""
    stages = [
        dataclasses.replace(
            stage,
            mv2_depth=max(1, stage.mv2_depth - 1),
            block=stage.block and dataclasses.replace(stage.block, depth=min(stage.block.depth, 2)),
        )
        for stage in spec.stages
    ]
    return dataclasses.replace(spec, stages=tuple(stages), dropout=0.0, classifier_dropout=0.0)


@pytest.fixture(scope="module")
def specs() -> list[MobileViTSpec]:
    rng = np.random.default_rng(0)
    return [shallow(random_family_spec(rng, 32)) for _ in range(NUM_SPECS)]


@pytest.fixture(scope="module")
def supernet(specs: list[MobileViTSpec]) -> Supernet:
    torch.manual_seed(0)
    return Supernet(covering([{k: {v} for k, v in flatten(s).items()} for s in specs]), CLASSES)


def test_a_slice_is_the_network_of_its_spec(supernet: Supernet, specs: list[MobileViTSpec]) -> None:
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        for spec in specs:
            wanted = supernet.network(spec)(images)
            torch.testing.assert_close(supernet(images, spec), wanted, rtol=1e-6, atol=1e-6)


def written_out(supernet: Supernet, spec: MobileViTSpec) -> dict[str, torch.Tensor]:
    """Return the weights of a network as docs/supernet.md tells them, entry by entry."""
    shared, full = dict(supernet.named_parameters()), supernet.largest[0]
    found = {}
    for name, own in MobileViT(spec, CLASSES).named_parameters():
        first, *path = name.split(".")
        whole, places = shared[shared_name(name, spec)], [[*range(size)] for size in own.shape]
        for axis in range(2, own.ndim):  # the centre of a kernel
            places[axis] = [(whole.shape[axis] - len(places[axis])) // 2 + k for k in places[axis]]
        if first == "stages" and path[1] == "block":
            stage, last = int(path[0]), ".".join(path[-2:])
            mine, theirs = spec.stages[stage].block, full.stages[stage].block
            assert mine is not None
            assert theirs is not None
            heads = [
                head * theirs.dim // mine.heads + feature
                for head in range(mine.heads)
                for feature in range(mine.dim // mine.heads)
            ]
            if mine.attention == "softmax" and path[-2] == "qkv":
                places[0] = [part * theirs.dim + place for part in range(3) for place in heads]
            if mine.attention == "softmax" and last == "proj.weight":
                places[1] = heads
            if mine.attention == "separable" and path[-2] == "qkv":
                keys = [1 + feature for feature in range(mine.dim)]
                places[0] = [0, *keys, *(theirs.dim + key for key in keys)]
            if path[2] == "fuse" and last == "conv.weight":
                inputs = [
                    mine.fusion == "local",  # whether it has the width of tokens
                    mine.projection == "fused",
                ]
                widths = [
                    (mine.dim, theirs.dim) if is_tokens
                    else (spec.stages[stage].channels, full.stages[stage].channels)
                    for is_tokens in inputs
                ]  # fmt: skip
                (beside, start), (after, _) = widths
                places[1] = [*range(beside), *range(start, start + after)]
        found[name] = whole[np.ix_(*places)]
    return found


def test_a_network_has_the_entries_that_the_docs_say(
    supernet: Supernet, specs: list[MobileViTSpec]
) -> None:
    for spec in specs[:40]:
        network = supernet.network(spec)
        for name, wanted in written_out(supernet, spec).items():
            assert torch.equal(network.get_parameter(name), wanted), name


def test_gradients_go_to_the_weights_of_the_slice_and_to_no_others(
    supernet: Supernet, specs: list[MobileViTSpec]
) -> None:
    images, network = torch.rand(2, 3, 32, 32), supernet.network(specs[0])
    supernet(images, specs[0]).square().sum().backward()
    network(images).square().sum().backward()
    found, wanted = (
        sum(p.grad.abs().sum() for p in model.parameters() if p.grad is not None)
        for model in (supernet, network)
    )
    torch.testing.assert_close(found, wanted)


def block_at(stage: int, spec: MobileViTSpec, **fields: object) -> MobileViTSpec:
    """Return a network whose stage of this number ends in a block like the one it has."""
    stages = list(spec.stages)
    block = stages[stage].block
    assert block is not None
    stages[stage] = dataclasses.replace(stages[stage], block=dataclasses.replace(block, **fields))  # type: ignore[arg-type]
    return dataclasses.replace(spec, stages=tuple(stages))


FULL = SearchSpace.load("mobilevit").spec({})
QKV, PROJ = (f"stages.4.block.layers.0.attention.{name}.weight" for name in ("qkv", "proj"))


@pytest.mark.parametrize(
    ("name", "axis", "own", "whole", "fields", "places"),
    [
        # XS has d = 144 at stage 5: a head of four begins at each 36, whatever its own width.
        (PROJ, 1, 8, 144, {"dim": 8, "heads": 4}, [0, 1, 36, 37, 72, 73, 108, 109]),
        (PROJ, 1, 4, 144, {"dim": 4, "heads": 2}, [0, 1, 72, 73]),
        (PROJ, 0, 4, 144, {"dim": 4, "heads": 2}, [0, 1, 2, 3]),
        (QKV, 0, 6, 432, {"dim": 2, "heads": 2}, [0, 72, 144, 216, 288, 360]),
        (QKV, 0, 5, 289, {"dim": 2, "attention": "separable"}, [0, 1, 2, 145, 146]),
        (PROJ, 1, 2, 144, {"dim": 2, "attention": "separable"}, [0, 1]),
        ("stages.4.block.local.conv.weight", 2, 1, 5, {}, [2]),
        ("stages.4.block.local.conv.weight", 3, 3, 5, {}, [1, 2, 3]),
        ("stages.4.block.to_tokens.weight", 0, 3, 144, {}, [0, 1, 2]),
    ],
)
def test_an_axis_is_cut_where_its_parts_begin(
    name: str, axis: int, own: int, whole: int, fields: dict[str, object], places: list[int]
) -> None:
    spec = block_at(4, FULL, **fields)
    shape = [1] * 4
    shape[axis] = whole
    shared = torch.arange(whole).reshape(shape)
    shape[axis] = own
    assert cut(shared, name, spec, FULL, torch.empty(shape)).flatten().tolist() == places


@pytest.mark.parametrize(
    ("fusion", "projection", "own", "whole", "places"),
    [
        (True, "separate", 2 + 2, 96 + 96, [0, 1, 96, 97]),
        (True, "fused", 2 + 3, 96 + 144, [0, 1, 96, 97, 98]),
        ("local", "separate", 3 + 2, 144 + 96, [0, 1, 2, 144, 145]),
        ("local", "fused", 3 + 3, 144 + 144, [0, 1, 2, 144, 145, 146]),
    ],
)
def test_a_fusion_is_cut_input_by_input(
    fusion: bool | str, projection: str, own: int, whole: int, places: list[int]
) -> None:
    spec = block_at(4, FULL, dim=3, heads=1, fusion=fusion, projection=projection)
    narrow = dataclasses.replace(spec.stages[4], channels=2)
    spec = dataclasses.replace(spec, stages=(*spec.stages[:4], narrow))
    shared, shape = torch.arange(whole).reshape(1, -1, 1, 1), torch.empty(1, own, 1, 1)
    found = cut(shared, "stages.4.block.fuse.conv.weight", spec, FULL, shape)
    assert found.flatten().tolist() == places


def test_all_of_a_space_and_the_published_networks_can_be_cut() -> None:
    space, rng = SearchSpace.load("mobilevit"), np.random.default_rng(1)
    with torch.device("meta"):
        supernet = Supernet(largest_networks(space), CLASSES)
    for spec in [published("mobilevit_s"), *(space.sample(rng) for _ in range(3))]:
        supernet.network(spec)


@pytest.mark.parametrize(
    ("fields", "needle"),
    [
        (
            {"dim": 999, "heads": 1},
            r"at most, and the network needs .* Train a supernet",
        ),
        ({"depth": 9}, "has no stages.4.block.layers.softmax.* Train a supernet of a space"),
        ({"attention": "separable"}, "has no stages.4.block.layers.separable"),
    ],
)
def test_a_network_that_it_does_not_hold_is_refused(fields: dict[str, object], needle: str) -> None:
    with torch.device("meta"):
        supernet = Supernet([FULL], CLASSES)
    with pytest.raises(SupernetError, match=needle):
        supernet.network(block_at(4, FULL, **fields))
