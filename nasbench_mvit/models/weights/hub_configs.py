"""``config.json`` of the networks that transformers and timm have, as those libraries write it."""

import dataclasses
from typing import Any

from nasbench_mvit.architecture.block import BlockSpec
from nasbench_mvit.architecture.published import BASELINES, PUBLISHED, published
from nasbench_mvit.architecture.spec import MobileViTSpec, StageSpec
from nasbench_mvit.errors import SpecError

LIBRARIES = ("transformers", "timm")
V2 = "mobilevitv2_"
_DEPTHS = (1, 3, 1, 1, 1), (2, 4, 3)  # of MV2 blocks and of transformers, in transformers' v1
_NOT_STRUCTURE = ("resolution", "dropout", "classifier_dropout")


def config_of(library: str, spec: MobileViTSpec) -> dict[str, Any] | None:
    """Return the fields of ``config.json`` that describe a network; None where it has no such.

    Args:
        library: "transformers", which has v1 of any widths and MobileViTv2 of any width, or "timm",
            which has S, XS, XXS and MobileViTv2.
        spec: the network.
    """
    if spec.task != "classification":
        return None
    if library == "timm":
        return _of_timm(spec)
    return _of_transformers(spec) or _of_transformers_v2(spec)


def _of_timm(spec: MobileViTSpec) -> dict[str, Any] | None:
    name = next((name for name in BASELINES if _are_alike(published(name), spec)), None)
    if name is None and (width := _v2_width(spec)) is not None:
        name = f"{V2}{round(100 * float(width)):03d}"
    if name is None:
        return None
    return {"architecture": name, "num_features": spec.feature_channels}


def _of_transformers_v2(spec: MobileViTSpec) -> dict[str, Any] | None:
    if (width := _v2_width(spec)) is None:
        return None
    return {
        "model_type": "mobilevitv2",
        "architectures": ["MobileViTV2ForImageClassification"],
        "width_multiplier": float(width),
        "classifier_dropout_prob": spec.classifier_dropout,
        "ffn_dropout": spec.dropout,
        "attn_dropout": 0.0,
    }


def _of_transformers(spec: MobileViTSpec) -> dict[str, Any] | None:
    blocks = [stage.block for stage in spec.stages if stage.block is not None]
    if len(blocks) != len(_DEPTHS[1]) or not spec.head_channels:
        return None
    first = blocks[0]
    try:
        expressed = _as_transformers_builds(spec, blocks)
    except SpecError:  # parts of one block do not go with the widths of another
        return None
    if first.patch[0] != first.patch[1] or not _are_alike(expressed, spec):
        return None
    return {
        "model_type": "mobilevit",
        "architectures": ["MobileViTForImageClassification"],
        "hidden_sizes": [block.dim for block in blocks],
        "neck_hidden_sizes": [
            spec.stem_channels,
            *(stage.channels for stage in spec.stages),
            spec.head_channels,
        ],
        "num_attention_heads": first.heads,
        "mlp_ratio": first.ffn_ratio,
        "expand_ratio": spec.stages[0].expansion,
        "conv_kernel_size": first.kernel,
        "patch_size": first.patch[0],
        "hidden_dropout_prob": spec.dropout,
        "classifier_dropout_prob": spec.classifier_dropout,
    }


def _as_transformers_builds(spec: MobileViTSpec, blocks: list[BlockSpec]) -> MobileViTSpec:
    """Return a network with the widths of ``spec`` and what transformers' v1 has but once.

    Raises:
        SpecError: there is no such network.
    """
    first, (mv2_depths, depths) = blocks[0], _DEPTHS
    common = {name: getattr(first, name) for name in ("patch", "ffn_ratio", "heads", "kernel")}
    built = [
        BlockSpec(dim=block.dim, depth=depth, **common)
        for block, depth in zip(blocks, depths, strict=True)
    ]
    stages = zip(spec.stages, mv2_depths, (None, None, *built), strict=True)
    expansion = spec.stages[0].expansion
    return dataclasses.replace(
        spec,
        stages=tuple(
            StageSpec(channels=stage.channels, expansion=expansion, mv2_depth=depth, block=block)
            for stage, depth, block in stages
        ),
    )


def _v2_width(spec: MobileViTSpec) -> str | None:
    """Return the width multiplier of a MobileViTv2, None of others."""
    names = (name for name in PUBLISHED if name.startswith(V2))
    found = next((name for name in names if _are_alike(published(name), spec)), None)
    return None if found is None else found.removeprefix(V2)


def _are_alike(one: MobileViTSpec, other: MobileViTSpec) -> bool:
    """Return whether two networks differ at most in deployment size and dropout."""
    first, second = one.canonical(), other.canonical()
    for name in _NOT_STRUCTURE:
        first.pop(name, None)
        second.pop(name, None)
    return first == second
