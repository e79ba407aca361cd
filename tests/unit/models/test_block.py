import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode

from nasbench_mvit.architecture.block import BlockSpec
from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.mobilevit_block import MobileViTBlock, fold, unfold

MAX_RANK = 5  # of Core ML
EVEN = (64, 64)  # maps of 8, 4 and 2 pixels on the three levels: whole patches
ODD = (72, 88)  # maps of 9×11, 5×6 and 3×3: resized for patches of 2×2
SIZES = (EVEN, ODD)


def small(patch: tuple[int, int] = (2, 2)) -> MobileViTSpec:
    """Return XXS with one transformer layer a block, and patches of ``patch``."""
    xxs = published("mobilevit_xxs")
    stages = tuple(
        stage
        if stage.block is None
        else dataclasses.replace(
            stage, block=dataclasses.replace(stage.block, depth=1, patch=patch)
        )
        for stage in xxs.stages
    )
    return dataclasses.replace(xxs, stages=stages)


def evaluating(spec: MobileViTSpec) -> nn.Module:
    torch.manual_seed(0)
    return build_model(spec, 10).eval()


@given(
    batch=st.integers(1, 3),
    dim=st.integers(1, 4),
    patch=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    grid=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    channels_last=st.booleans(),
)
def test_unfold_groups_the_same_pixel_of_all_patches(
    batch: int, dim: int, patch: tuple[int, int], grid: tuple[int, int], *, channels_last: bool
) -> None:
    (h, w), (rows, columns) = patch, grid
    shape = (batch, dim, rows * h, columns * w)
    x = torch.arange(torch.Size(shape).numel(), dtype=torch.float32).reshape(shape)
    if channels_last:
        x = x.contiguous(memory_format=torch.channels_last)
    tokens = unfold(x, patch)
    expected = [
        x[image, :, i::h, j::w].flatten(1).T for i in range(h) for j in range(w)
        for image in range(batch)
    ]  # fmt: skip
    assert torch.equal(tokens, torch.stack(expected))
    assert torch.equal(fold(tokens, grid, patch), x)


def reference_block(block: MobileViTBlock, x: Tensor) -> Tensor:
    """Compute the block as the paper writes it, one pixel position after the other."""
    h, w = block.patch
    tokens = block.to_tokens(block.local(x))
    size = tokens.shape[2:]
    padded = [-(-side // patch) * patch for side, patch in zip(size, (h, w), strict=True)]
    tokens = functional.interpolate(tokens, padded, mode="bilinear", align_corners=False)
    y = torch.empty_like(tokens)
    for i in range(h):
        for j in range(w):
            part = tokens[:, :, i::h, j::w]
            sequence = block.norm(block.layers(part.flatten(2).transpose(1, 2)))
            y[:, :, i::h, j::w] = sequence.transpose(1, 2).reshape(part.shape)
    y = functional.interpolate(y, size, mode="bilinear", align_corners=False)
    assert block.from_tokens is not None
    projected: Tensor = block.from_tokens(y)
    if block.fuse is None:
        return projected
    fused: Tensor = block.fuse(torch.cat((x, projected), 1))
    return fused


@pytest.mark.parametrize("fusion", [True, False])
@pytest.mark.parametrize("patch", [(2, 2), (3, 3), (1, 4), (8, 2)])
@pytest.mark.parametrize("size", [(8, 8), (5, 6), (7, 3)])
def test_block_follows_the_paper(
    size: tuple[int, int], patch: tuple[int, int], *, fusion: bool
) -> None:
    torch.manual_seed(0)
    spec = BlockSpec(dim=12, depth=2, patch=patch, heads=3, fusion=fusion)
    block = MobileViTBlock(8, spec, dropout=0.1).eval()
    x = torch.randn(2, 8, *size)
    with torch.no_grad():
        torch.testing.assert_close(block(x), reference_block(block, x))


class _Ranks(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Collect the ranks of all tensors that operators return."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.seen: set[int] = set()

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        outputs = result if isinstance(result, tuple | list) else (result,)
        self.seen |= {output.ndim for output in outputs if isinstance(output, Tensor)}
        return result


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("patch", [(2, 2), (4, 3)])
def test_no_tensor_exceeds_the_rank_of_core_ml(
    size: tuple[int, int], patch: tuple[int, int]
) -> None:
    model = build_model(small(patch), 10)
    with _Ranks() as ranks:
        model(torch.randn(2, 3, *size)).sum().backward()
    assert max(ranks.seen) == MAX_RANK


@pytest.mark.filterwarnings("ignore:`torch.jit.trace:DeprecationWarning")
@pytest.mark.parametrize("size", SIZES)
def test_traced_graph_has_constant_shapes(size: tuple[int, int]) -> None:
    model, x = evaluating(small()), torch.randn(1, 3, *size)
    traced = torch.jit.trace(model, x)  # type: ignore[no-untyped-call]
    operators = {node.kind() for node in traced.inlined_graph.nodes()}
    assert operators.isdisjoint({"aten::size", "aten::Int", "prim::NumToTensor"})
    assert "aten::scaled_dot_product_attention" in operators
    assert ("aten::upsample_bilinear2d" in operators) == (size == ODD)
    with torch.no_grad():
        torch.testing.assert_close(traced(x), model(x))


@pytest.mark.parametrize("size", SIZES)
def test_exports_at_any_size(size: tuple[int, int]) -> None:
    model, x = evaluating(small()), torch.randn(1, 3, *size)
    exported = torch.export.export(model, (x,))
    assert not exported.range_constraints  # no symbolic size
    with torch.no_grad():
        torch.testing.assert_close(exported.module()(x), model(x))


@pytest.mark.parametrize("size", [*SIZES, (33, 70)])
def test_memory_format_does_not_change_the_result(size: tuple[int, int]) -> None:
    model, x = evaluating(small()), torch.randn(2, 3, *size)
    with torch.no_grad():
        expected = model(x)
        model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        actual = model(x.contiguous(memory_format=torch.channels_last))
    torch.testing.assert_close(actual, expected)
