"""What of a network would leave a phone's accelerator, as far as documents tell; no torch.

Only a device tells for certain; ``docs/exporting.md`` has the sources, and how to ask a device.
"""

from dataclasses import dataclass
from typing import Final

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.errors import counted, listed
from nasbench_mvit.export.interface import Precision

MOVES_OF_BLOCK: Final = 4  # permutations that cut a map into patches and put it together again
MOVES_OF_LAYER: Final = 4  # those for the heads: queries, keys, values and the outcome


@dataclass(frozen=True)
class _Operators:
    """How many of the operators that accelerators treat in different ways a network has.

    Attributes:
        products: matrix products of attention.
        softmaxes: those over tokens.
        maxima: those over the patches of a map, which separable attention takes.
        moves: permutations of the axes of a tensor, of rank 5 at most.
        norms: layer or group normalisations.
        resizes: bilinear, where the patch does not divide the map.
    """

    products: int
    softmaxes: int
    maxima: int
    moves: int
    norms: int
    resizes: int

    @classmethod
    def of(cls, spec: MobileViTSpec) -> "_Operators":
        """Count those of a network, its head for a task left out."""
        spec = spec.for_task("classification")
        kinds = count_costs(spec).to_frame().kind.value_counts()
        blocks = [stage.block for stage in spec.stages if stage.block is not None]
        layers = [block.depth for block in blocks if block.attention == "softmax"]
        return cls(
            products=2 * sum(layers),
            softmaxes=sum(layers),
            maxima=sum(block.depth for block in blocks) - sum(layers),
            moves=MOVES_OF_BLOCK * len(layers) + MOVES_OF_LAYER * sum(layers),
            norms=int(kinds.get("norm", 0)),
            resizes=int(kinds.get("resize", 0)),
        )


def of_neural_engine(spec: MobileViTSpec, precision: Precision) -> str:
    """Return the operations of a Core ML package that would leave the Neural Engine."""
    if precision == "fp32":
        return (
            "Neural Engine: the whole network stays off it, which computes in half precision; fp16 "
            "and int8 need not"
        )
    has = _Operators.of(spec)
    resizes = counted(has.resizes, "bilinear resize")  # where the patch does not divide the map
    leaves = f"may leave it: {resizes}" if has.resizes else "nothing is known to leave it"
    moves = f"; {counted(has.moves, 'permutation')} of axes cost copies there" if has.moves else ""
    return (
        f"Neural Engine: {leaves}{moves}. Apple lists no operators: Xcode's performance report on "
        "a Mac names the unit of each"
    )


def of_xnnpack(spec: MobileViTSpec, precision: Precision) -> str:
    """Return the operations that XNNPACK leaves to ExecuTorch's own kernels, by lowering."""
    del precision
    has = _Operators.of(spec)
    left = [counted(has.norms, "normalisation")] if has.norms else []
    left += [counted(has.resizes, "bilinear resize")] if has.resizes else []
    named = f"may stay outside: {listed(left)}" if left else "nothing is expected to stay outside"
    return f"XNNPACK: {named}; its partitioner's own count follows the file"


def of_gpu_delegate(spec: MobileViTSpec, precision: Precision) -> str:
    """Return the operations that LiteRT's GPU delegate would leave to the CPU."""
    has = _Operators.of(spec)
    products = "matrix product of attention", "matrix products of attention"
    unlisted: dict[tuple[str, ...], int] = {
        products: has.products,
        ("permutation",): has.moves,
        ("normalisation",): has.norms,
    }
    named = [counted(count, *names) for names, count in unlisted.items() if count]
    leaves = f"not in its documented list are {listed(named)}" if named else "all is in its list"
    half = "; 8-bit parts are computed in floating point there" if precision == "int8" else ""
    return (
        f"GPU delegate: {leaves}{half}. XNNPACK, on the CPU, is what an app uses unless it asks "
        "for another"
    )


def of_qnn(spec: MobileViTSpec, precision: Precision) -> str:
    """Return the operations that ONNX Runtime's QNN provider would leave to the CPU."""
    has = _Operators.of(spec)
    text = "QNN: the HTP takes every operator in one piece"
    if has.maxima:
        text = (
            f"QNN: {counted(has.maxima, 'ReduceMax', 'ReduceMax')} of separable attention stay on "
            f"the CPU, which cuts the network into {has.maxima + 1} pieces for the HTP"
        )
    if precision == "int8":
        softmaxes = counted(has.softmaxes, "softmax", "softmaxes")
        left = f"{counted(has.norms, 'normalisation')}, {softmaxes} and SiLU"
        return f"{text}; {left} stay in float32 between the 8-bit parts"
    if precision == "fp32":
        return f"{text}; the HTP computes float32 in half precision, where the chip can"
    return text
