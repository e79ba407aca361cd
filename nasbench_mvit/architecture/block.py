"""BlockSpec: the MobileViT block of v1, v2 and v3 as a choice of parts.

The papers differ in a few parts of one block, which are fields here, so that v1 (arXiv 2110.02178
§3.1), v2 (arXiv 2206.02680 §3) and v3 (arXiv 2209.15159 §3) are points of one space. ``PARTS`` has
the combinations that they name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self

from nasbench_mvit.architecture.checks import check_int, set_float
from nasbench_mvit.errors import SpecError, listed, unknown

KERNELS = (1, 3, 5)
WHOLE_TOLERANCE = 1e-6

# ``fusion`` by name; files of the first version have the booleans.
FUSIONS: dict[str, bool | str] = {"none": False, "input": True, "local": "local"}
FUSION_NAMES: dict[object, str] = {stored: name for name, stored in FUSIONS.items()}

#: The block of each paper: the fields in which it differs from v1's.
PARTS: dict[str, dict[str, Any]] = {
    "v1": {},
    "v2": {"local": "depthwise", "attention": "separable", "fusion": False, "activation": False},
    "v3": {"local": "depthwise", "fusion": "local", "fusion_kernel": 1, "residual": True},
    "v3_separable": {
        "local": "depthwise",
        "attention": "separable",
        "fusion": "local",
        "fusion_kernel": 1,
        "projection": "fused",
        "residual": True,
        "activation": False,
    },
}


@dataclass(frozen=True, kw_only=True)
class BlockSpec:
    """The MobileViT block that ends a stage; C is the width of the stage.

    Attributes:
        dim: width d of the transformer tokens; under softmax attention a multiple of ``heads``.
        depth: number L of transformer layers.
        patch: (height h, width w) of a patch in pixels of the stage's feature map.
        ffn_ratio: feed-forward width divided by ``dim``.
        heads: attention heads; without effect under separable attention, where it is 4.
        kernel: size n of the n×n local convolution, 1, 3 or 5, and of the fusion unless
            ``fusion_kernel`` says otherwise.
        local: the n×n convolution before the tokens, ``dense`` (v1) or ``depthwise`` (v2, v3).
        attention: ``softmax`` (v1: QKᵀ over the patches, with LayerNorm) or ``separable`` (v2: a
            learned weight for each patch, linear in their number, with GroupNorm of one group).
        fusion: what the last convolution is given beside the tokens: "none" (there is no such
            convolution), "input" (v1: the block's input) or "local" (v3: the d channels that
            went into the transformer). Stored as False, True and "local".
        fusion_kernel: size of the fusing convolution, 1, 3 or 5; None for ``kernel``, which is
            what that size is stored as. Without fusion no effect.
        projection: ``separate`` projects the tokens d→C by a 1×1 convolution before the fusion;
            ``fused`` concatenates them as they are (v3 on v2). Without fusion no effect.
        residual: add the block's input at the end (v3).
        activation: whether SiLU follows the convolution that projects d→C (v1 yes, v2 no).

    A field without effect takes its default, so that equal blocks compare equal.
    """

    dim: int
    depth: int
    patch: tuple[int, int] = (2, 2)
    ffn_ratio: float = 2.0
    heads: int = 4
    kernel: int = 3
    fusion: bool | str = True
    local: Literal["dense", "depthwise"] = "dense"
    attention: Literal["softmax", "separable"] = "softmax"
    fusion_kernel: int | None = None
    projection: Literal["separate", "fused"] = "separate"
    residual: bool = False
    activation: bool = True

    def __post_init__(self) -> None:
        check_int("dim", self.dim, 1, 4096)
        check_int("depth", self.depth, 1, 64)
        self._check_patch()
        check_int("heads", self.heads, 1, 64)
        _check_choice("local", self.local, ("dense", "depthwise"))
        _check_choice("attention", self.attention, ("softmax", "separable"))
        _check_choice("projection", self.projection, ("separate", "fused"))
        if self.attention == "softmax" and self.dim % self.heads:
            divisors = [n for n in range(1, 65) if self.dim % n == 0]
            near = min(divisors, key=lambda n: abs(n - self.heads))
            raise SpecError(
                f"heads must divide dim: dim is {self.dim}, heads is {self.heads}. "
                f"Possible: {listed(divisors)}; the nearest is {near}."
            )
        self._check_ffn_ratio()
        for name in ("kernel", "fusion_kernel"):
            value = getattr(self, name)
            if name == "fusion_kernel" and value is None:
                continue
            if value not in KERNELS or isinstance(value, bool):
                raise SpecError(f"{name} must be one of {listed(KERNELS)}, got {value!r}.")
        object.__setattr__(self, "fusion", as_fusion(self.fusion))
        for name in ("residual", "activation"):
            if not isinstance(getattr(self, name), bool):
                raise SpecError(f"{name} must be true or false, got {getattr(self, name)!r}.")
        for name in self._without_effect():
            object.__setattr__(self, name, _DEFAULTS[name])

    def _without_effect(self) -> Iterator[str]:
        if self.attention == "separable":
            yield "heads"
        if not self.fusion:
            yield "projection"
        if not self.fusion or self.fusion_kernel == self.kernel:
            yield "fusion_kernel"

    def _check_patch(self) -> None:
        if isinstance(self.patch, list):
            object.__setattr__(self, "patch", tuple(self.patch))
        if not isinstance(self.patch, tuple) or len(self.patch) != 2:
            raise SpecError(f"patch must be a pair (height, width), got {self.patch!r}.")
        check_int("patch height", self.patch[0], 1, 64)
        check_int("patch width", self.patch[1], 1, 64)

    def _check_ffn_ratio(self) -> None:
        set_float(self, "ffn_ratio", 0.125, 16.0, open_high=False)
        if abs(self.dim * self.ffn_ratio - self.ffn_dim) > WHOLE_TOLERANCE:
            raise SpecError(
                f"ffn_ratio times dim must be a whole number: {self.ffn_ratio} × {self.dim} = "
                f"{self.dim * self.ffn_ratio}. The nearest valid ratio is "
                f"{max(1, self.ffn_dim) / self.dim}."
            )

    @classmethod
    def of(cls, parts: str, **fields: Any) -> Self:
        """Return a block with the parts of a paper, ``v1``, ``v2``, ``v3`` or ``v3_separable``.

        Raises:
            SpecError: there are no such parts, or a field breaks a rule.
        """
        if parts not in PARTS:
            raise SpecError(unknown("parts of a block", parts, PARTS))
        return cls(**PARTS[parts] | fields)

    @property
    def ffn_dim(self) -> int:
        """Width of the feed-forward layer."""
        return round(self.dim * self.ffn_ratio)

    @property
    def size_of_fusion(self) -> int:
        """Kernel of the fusing convolution."""
        return self.kernel if self.fusion_kernel is None else self.fusion_kernel

    @property
    def is_projected(self) -> bool:
        """Whether a 1×1 convolution projects the tokens to the width of the stage."""
        return not self.fusion or self.projection == "separate"

    def canonical(self) -> dict[str, Any]:
        """Return the fields that have an effect; those later than version 1 only where they differ.

        So equal blocks have equal canonical forms, and those of version 1 keep theirs.
        """
        block = {name: getattr(self, name) for name in ("dim", "depth", "patch", "heads", "kernel")}
        if self.attention == "separable":
            del block["heads"]
        return block | {"fusion": self.fusion, "ffn_dim": self.ffn_dim} | _later_fields(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields of version 1, and later ones where they differ from v1's block."""
        first = {name: value for name, value in asdict(self).items() if name not in LATER}
        return first | _later_fields(self)


LATER = ("local", "attention", "fusion_kernel", "projection", "residual", "activation")
_DEFAULTS: Mapping[str, Any] = {field.name: field.default for field in fields(BlockSpec)}


def _later_fields(block: BlockSpec) -> dict[str, Any]:
    values = {name: getattr(block, name) for name in LATER}
    return {name: value for name, value in values.items() if value != _DEFAULTS[name]}


def as_fusion(value: object) -> bool | str:
    """Return how ``fusion`` is stored: False for "none", True for "input", else "local".

    Raises:
        SpecError: it is none of these.
    """
    if isinstance(value, str) and value in FUSIONS:
        return FUSIONS[value]
    if isinstance(value, bool):
        return value
    raise SpecError(
        f"fusion must be one of {listed(FUSIONS)} (or false, true for the first two), got "
        f"{value!r}."
    )


def _check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise SpecError(unknown(name, value, choices))
