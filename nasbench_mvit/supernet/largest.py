"""The largest networks of a space, one for each combination of parts with weights of their own.

Whatever only changes the size of a weight (widths, d, L, expansion, feed-forward ratio, heads,
kernels) is at its maximum in all of them, also where no network of the space has all maxima.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping

from nasbench_mvit.architecture.block import FUSIONS
from nasbench_mvit.architecture.fields import Value, flatten, unflatten
from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import NUM_STAGES, MobileViTSpec

KINDS: dict[str, tuple[Value, ...]] = {
    "local": ("dense", "depthwise"),
    "attention": ("softmax", "separable"),
    "fusion": tuple(FUSIONS.values()),
    "projection": ("separate", "fused"),
}
HEAD = "head"  # whether there is one before the classifier
Values = dict[str, set[Value]]


def largest_networks(space: SearchSpace) -> list[MobileViTSpec]:
    """Return networks from whose weights all of a space, S, XS and XXS can be cut."""
    known = ({k: (v,) for k, v in flatten(published(name)).items()} for name in BASELINES)
    return covering([space.values(), *known])


def covering(sources: Iterable[Mapping[str, Iterable[Value]]]) -> list[MobileViTSpec]:
    """Return networks from whose weights all can be cut whose fields have values of the sources."""
    values: Values = {}
    for source in sources:
        for name, found in _completed(source).items():
            values.setdefault(name, set()).update(found)
    has_head = sorted({float(value) > 0 for value in values["head_expansion"]})  # type: ignore[arg-type]
    combinations = itertools.product(*KINDS.values(), has_head)
    networks = [_largest(values, dict(zip((*KINDS, HEAD), c, strict=True))) for c in combinations]
    return list({spec.id: spec for spec in networks}.values())


def _completed(source: Mapping[str, Iterable[Value]]) -> Mapping[str, Iterable[Value]]:
    """Return values with the size of the fusion where that is the kernel's."""
    kernels = {
        name.replace(".kernel", ".fusion_kernel"): found
        for name, found in source.items()
        if name.endswith(".kernel")
    }
    return {**kernels, **source}


def _largest(values: Values, kinds: Mapping[str, Value]) -> MobileViTSpec:
    flat = {name: _most(found) for name, found in values.items()}
    if not kinds[HEAD]:
        flat["head_expansion"] = 0.0
    for stage in _stages_with_blocks(values):
        for kind, value in kinds.items():
            if (name := f"{stage}.{kind}") in values:
                flat[name] = value if value in values[name] else _most(values[name])
        dim, ratio = (float(flat[f"{stage}.{name}"]) for name in ("dim", "ffn_ratio"))  # type: ignore[arg-type]
        flat |= {f"{stage}.heads": 1, f"{stage}.ffn_ratio": round(dim * ratio) / dim}
    return unflatten(flat)


def _most(values: set[Value]) -> Value:
    return max(values, key=lambda value: (isinstance(value, str), value))


def _stages_with_blocks(values: Values) -> Iterator[str]:
    for number in range(1, NUM_STAGES + 1):
        if True in values[f"stage{number}.block"]:
            yield f"stage{number}"
