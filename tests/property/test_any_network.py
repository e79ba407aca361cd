"""Any network of the main space builds, counts, exports and learns."""

import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from nasbench_mvit.architecture.fields import Value
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.models.mobilevit import build_model

SPACE = SearchSpace.load("mobilevit")
FAMILY = SearchSpace.load("mobilevit_family")
NUM_CLASSES = 10
SIDE = 64
MAX_RANK = 5  # what Core ML takes


@st.composite
def networks(draw: st.DrawFn, space: SearchSpace = SPACE) -> MobileViTSpec:
    """Draw a network choice by choice; it shrinks towards the first of each axis."""
    chosen: dict[str, Value] = {}
    for axis in space.axes_in_order:
        if axis.applies(chosen):
            chosen[axis.name] = draw(st.sampled_from(axis.choices), label=axis.name)
    return space.spec(chosen)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.sampled_from((SPACE, FAMILY)).flatmap(lambda s: st.tuples(st.just(s), networks(s))))
def test_it_is_the_member_it_was_drawn_as(drawn: tuple[SearchSpace, MobileViTSpec]) -> None:
    space, spec = drawn
    assert space.contains(spec)
    assert space.spec(space.assignment(spec)).id == spec.id
    assert MobileViTSpec.from_json(spec.to_json()) == spec


@settings(max_examples=25, derandomize=True, deadline=None)
@given(st.one_of(networks(), networks(FAMILY)))
def test_it_builds_with_the_parameters_counted_and_learns(spec: MobileViTSpec) -> None:
    torch.manual_seed(0)
    model = build_model(spec, NUM_CLASSES)
    params = list(model.parameters())
    assert sum(p.numel() for p in params) == count_costs(spec, num_classes=NUM_CLASSES).params
    before = [p.detach().clone() for p in params]
    optimizer = torch.optim.AdamW(params, lr=1e-3, weight_decay=0.0)
    logits_BK = model(torch.rand(2, 3, SIDE, SIDE))
    loss = functional.cross_entropy(logits_BK, torch.tensor([0, 1]))
    torch.autograd.backward(loss)
    optimizer.step()
    assert math.isfinite(loss.item())
    assert all(torch.isfinite(p).all() for p in params)
    moved = sum(not torch.equal(p, old) for p, old in zip(params, before, strict=True))
    assert moved / len(params) > 0.9  # a norm's gradient may vanish, a layer's may not


@settings(max_examples=8, derandomize=True, deadline=None)
@given(st.one_of(networks(), networks(FAMILY)))
def test_it_exports_with_constant_shapes(spec: MobileViTSpec) -> None:
    model = build_model(spec, NUM_CLASSES).eval()
    image = torch.rand(1, 3, SIDE, SIDE)
    exported = torch.export.export(model, (image,))
    values = [node.meta.get("val") for node in exported.graph.nodes]
    shapes = [tuple(value.shape) for value in values if isinstance(value, torch.Tensor)]
    assert shapes
    assert all(isinstance(side, int) for shape in shapes for side in shape)
    assert max(map(len, shapes)) <= MAX_RANK
    with torch.no_grad():
        torch.testing.assert_close(exported.module()(image), model(image))
