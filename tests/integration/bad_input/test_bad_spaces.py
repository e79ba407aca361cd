"""Wrong search spaces."""

from typing import Any

import pytest
from bad_input import Case, Refuses, space_file

OWN = "--study ./own.yaml"


def own(needles: tuple[str, ...], **changes: Any) -> Case:
    return Case(OWN, needles, space_file(**changes))


def axes(needles: tuple[str, ...], **choices: object) -> Case:
    """Vary fields, of which ``stage3_dim`` stands for ``stage3.dim``."""
    return own(needles, axes={name.replace("__", "."): value for name, value in choices.items()})


CASES = {
    "too few patches": axes(
        ("stage4.patch", "4 patches", "proxy.input_size"), stage4__patch=[2, 4]
    ),
    "resolution varies": axes(("varies the resolution",), resolution=[192, 256]),
    "a misspelt field": axes(
        ("unknown field 'stage3.deph'", "Did you mean 'stage3.depth'?"), stage3__deph=[1, 2]
    ),
    "no axes": own(("'axes' must have 1 or more",), axes={}),
    "an axis without choices": axes(("axes.stage3.depth' must have 1 or more",), stage3__depth=[]),
    "a choice twice": axes(("stage3.depth lists 2 twice",), stage3__depth=[1, 2, 2]),
    "a choice in words": axes(("stage3.depth takes numbers", "'two'"), stage3__depth=["two"]),
    "a choice that is no number": axes(
        ("stage3.expansion takes finite values",), stage3__expansion=[float("nan")]
    ),
    "heads that do not divide": axes(
        ("heads must divide dim", "the nearest is 2"), stage3__heads=[3, 4]
    ),
    "a width beyond all measure": axes(
        ("whole numbers must be at most",), stage3__channels=[10**30]
    ),
    "a patch of three sides": axes(("axes.stage3.patch",), stage3__patch=[[2, 2, 2]]),
    "a patch of nothing": axes(("stage3.patch", "patch height", "got 0"), stage3__patch=[0]),
    "a block that is not there": axes(
        ("stage1.dim has no effect", "stage1.block: [true]"), stage1__dim=[16, 32]
    ),
    "a block without a width": axes(("a block needs dim",), stage1__block=[True]),
    "a switch that is a number": axes(("stage3.block", "true/false"), stage3__block=[0.5, 2]),
    "two ratios of one width": axes(
        ("give the same network", "Remove one"), stage1__expansion=[2, 2.01]
    ),
    "a family that cannot vary": axes(("variant cannot vary",), variant=[1]),
    "another base": own(("'base'", "mobilevit_xxs"), base="mobilevit_m"),
    "a tie to nothing": own(
        ("tied to unknown axis 'stage5.dim'",),
        tied={"dropout": {"to": "stage5.dim", "values": {80: 0.1}}},
    ),
    "a tie that lacks a choice": own(
        ("must name every choice of stage3.depth", "missing [2]"),
        tied={"dropout": {"to": "stage3.depth", "values": {1: 0.1}}},
    ),
    "a tie to what is no number": own(
        ("tied", "stage3.patch"),
        axes={"stage3.patch": [[2, 2], [4, 2]]},
        tied={"dropout": {"to": "stage3.patch", "values": {2: 0.1}}},
    ),
    "a tie to squares": own(
        ("tied", "stage3.patch"),
        axes={"stage3.patch": [2, 4]},
        tied={"dropout": {"to": "stage3.patch", "values": {2: 0.1, 4: 0.1}}},
    ),
    "an axis that is tied": own(
        ("dropout is an axis and tied",),
        axes={"dropout": [0.1], "stem_channels": [8, 16]},
        tied={"dropout": {"to": "stem_channels", "values": {8: 0.05, 16: 0.1}}},
    ),
    "a tie to a wrong value": own(
        ("dropout", "7"),
        tied={"dropout": {"to": "stage3.depth", "values": {1: 0.1, 2: 7.0}}},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_message_and_exit_code_2(name: str, refuses: Refuses) -> None:
    refuses(CASES[name])
