"""Blocks of all kinds begin by passing their input on."""

import copy
import dataclasses
import itertools

import pytest
import torch
from torch import nn

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.models.backbone import initialised
from nasbench_mvit.supernet.largest import KINDS
from nasbench_mvit.supernet.supernet import Supernet

CHANNELS, SIDE = 24, 6
STAGE = 2


def kinds() -> list[dict[str, object]]:
    """Return the fields of every kind of block."""
    combinations = itertools.product(*KINDS.values())
    return [dict(zip(KINDS, c, strict=True)) for c in combinations]


def with_block(channels: int, dim: int, **fields: object) -> MobileViTSpec:
    """Return XXS with a block at one stage of so many channels, and features of a token."""
    stages = list(published("mobilevit_xxs").stages)
    block = stages[STAGE].block
    assert block is not None
    block = dataclasses.replace(block, dim=dim, heads=4, **fields)  # type: ignore[arg-type]
    stages[STAGE] = dataclasses.replace(stages[STAGE], channels=channels, block=block)
    return dataclasses.replace(published("mobilevit_xxs"), stages=tuple(stages))


@pytest.fixture(scope="module")
def supernet() -> Supernet:
    torch.manual_seed(0)
    return Supernet([with_block(CHANNELS, 2 * CHANNELS, **fields) for fields in kinds()], 5)


@pytest.mark.parametrize("fields", kinds(), ids=lambda f: "-".join(map(str, f.values())))
def test_a_block_passes_its_input_on(supernet: Supernet, fields: dict[str, object]) -> None:
    assert passed_on(supernet, fields) > 0.8


@pytest.mark.parametrize(
    ("channels", "dim", "least"),
    [
        (CHANNELS, CHANNELS, 0.7),
        (CHANNELS, CHANNELS // 2, 0.5),  # a projection
        (2 * CHANNELS // 3, CHANNELS, 0.7),
    ],
)
def test_a_cut_of_a_block_passes_on_what_its_width_allows(
    supernet: Supernet, channels: int, dim: int, least: float
) -> None:
    found = [passed_on(supernet, fields, channels, dim) for fields in kinds()]
    assert min(found) > least


def test_a_block_of_random_weights_does_not(supernet: Supernet) -> None:
    other = copy.deepcopy(supernet)
    torch.manual_seed(0)
    initialised(other)
    assert all(abs(passed_on(other, fields)) < 0.1 for fields in kinds())


def passed_on(
    supernet: Supernet,
    fields: dict[str, object],
    channels: int = CHANNELS,
    dim: int = 2 * CHANNELS,
) -> float:
    """Return the correlation of what a block is given with what it returns, its layers aside."""
    block = supernet.network(with_block(channels, dim, **fields)).get_submodule(
        f"stages.{STAGE}.block"
    )
    block.layers = block.norm = nn.Identity()
    random = torch.randn(8, channels, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
    maps = nn.functional.silu(random)
    with torch.no_grad():
        both = torch.stack([maps.flatten(), block(maps).flatten()])
    return float(torch.corrcoef(both)[0, 1])
