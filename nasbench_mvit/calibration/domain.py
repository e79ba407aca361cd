"""The domain of a calibration: what the networks have in common that it rests on.

The parts of their blocks, patch size and resolution count as kinds, of which each must be known;
multiply-adds, parameters and scores as ranges. Kernels, heads and depths are not looked at: the
proxy scores them like any other difference.
"""

from collections.abc import Iterable

from nasbench_mvit.architecture.block import FUSION_NAMES
from nasbench_mvit.architecture.spec import MobileViTSpec

KINDS = ("attention", "fusion", "local", "residual", "patch", "resolution")


def kinds_of(spec: MobileViTSpec) -> dict[str, set[str]]:
    """Return the values of each of ``KINDS`` in a network, as text."""
    blocks = [stage.block for stage in spec.stages if stage.block is not None]
    return {
        "attention": {block.attention for block in blocks},
        "fusion": {FUSION_NAMES[block.fusion] for block in blocks},
        "local": {block.local for block in blocks},
        "residual": {"yes" if block.residual else "no" for block in blocks},
        "patch": {"×".join(map(str, block.patch)) for block in blocks},
        "resolution": {str(spec.resolution)},
    }


def known_kinds(specs: Iterable[MobileViTSpec]) -> dict[str, list[str]]:
    """Return the values of each kind among some networks, sorted."""
    found: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for spec in specs:
        for kind, values in kinds_of(spec).items():
            found[kind] |= values
    return {kind: sorted(values) for kind, values in found.items()}


def unknown_kind(spec: MobileViTSpec, known: dict[str, list[str]]) -> str | None:
    """Return the first kind with a value that is not known, in words; None where all are."""
    for kind, values in kinds_of(spec).items():
        if strange := sorted(values - set(known[kind])):
            return f"{kind} {strange[0]}, known is {', '.join(known[kind])}"
    return None
