"""The closed formulas against the torch module: totals through fvcore, layers one by one."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from random_specs import random_family_spec, random_spec
from torch import Tensor, nn

from nasbench_mvit.architecture.published import BASELINES, PUBLISHED, published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost import traced
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.cost.traced import UNCOUNTED, trace_costs, trace_module
from nasbench_mvit.models.mobilevit import build_model

RESOLUTIONS = (48, 64, 75, 96)  # the patches divide few of the maps of 75
Draw = Callable[..., list[MobileViTSpec]]


def assert_equal_costs(spec: MobileViTSpec, resolution: int | None = None) -> None:
    counted = count_costs(spec, resolution, num_classes=10)
    observed = trace_costs(spec, resolution, num_classes=10)
    assert (counted.params, counted.macs) == (observed.params, observed.macs), spec
    assert observed.uncounted <= UNCOUNTED


def any_specs(count: int, seed: int) -> list[MobileViTSpec]:
    rng = np.random.default_rng(seed)
    return [random_spec(rng, int(rng.choice(RESOLUTIONS))) for _ in range(count)]


def specs_of_any_parts(count: int, seed: int) -> list[MobileViTSpec]:
    rng = np.random.default_rng(seed)
    return [random_family_spec(rng, int(rng.choice(RESOLUTIONS))) for _ in range(count)]


def specs_of_the_space(count: int, seed: int) -> list[MobileViTSpec]:
    space, rng = SearchSpace.load("mobilevit"), np.random.default_rng(seed)
    return [
        dataclasses.replace(space.sample(rng), resolution=int(rng.choice(RESOLUTIONS)))
        for _ in range(count)
    ]


@pytest.mark.parametrize("draw", [any_specs, specs_of_any_parts, specs_of_the_space])
def test_a_network_costs_what_its_module_does(draw: Draw) -> None:
    for spec in draw(20, seed=0):
        assert_equal_costs(spec)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("draw", "count"), [(any_specs, 30), (specs_of_any_parts, 300), (specs_of_the_space, 30)]
)
def test_hundreds_more_networks_cost_what_their_modules_do(draw: Draw, count: int) -> None:
    for spec in draw(count, seed=1):
        assert_equal_costs(spec)


def test_at_the_deployed_size_the_space_costs_what_its_modules_do() -> None:
    for spec in specs_of_the_space(3, seed=2):
        assert_equal_costs(spec, resolution=256)


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize(
    ("patches", "resolution"),
    [((2, 2, 2), 256), ((3, 3, 3), 256), ((8, 4, 2), 256), ((2, 2, 2), 225)],
)
def test_the_published_networks_cost_what_their_modules_do(
    name: str, patches: tuple[int, int, int], resolution: int
) -> None:
    assert_equal_costs(published(name, patches=patches, resolution=resolution))


@pytest.mark.parametrize("name", [name for name in PUBLISHED if name not in BASELINES])
def test_the_family_costs_what_its_modules_do(name: str) -> None:
    assert_equal_costs(published(name, resolution=96))


def test_without_its_handle_attention_vanishes_but_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec = published("mobilevit_xxs", resolution=64)
    operator = "aten::scaled_dot_product_attention"
    attention = sum(
        layer.macs for layer in count_costs(spec).layers if layer.kind.startswith("attention")
    )
    complete = trace_costs(spec)
    monkeypatch.delitem(traced._HANDLES, operator)
    lacking = trace_costs(spec)
    assert complete.macs - lacking.macs == attention > 0
    assert lacking.uncounted - UNCOUNTED == {operator}


def observed_layers(model: nn.Module, image: Tensor) -> dict[str, tuple[int, int]]:
    """Return (elements read, elements written) by every module that computes."""
    observed: dict[str, tuple[int, int]] = {}

    def watch(name: str) -> Any:
        def hook(_module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            observed[name] = (inputs[0].numel(), output.numel())

        return hook

    for name, module in model.named_modules():
        if isinstance(module, nn.Conv2d | nn.Linear | nn.LayerNorm | nn.GroupNorm):
            module.register_forward_hook(watch(name.removesuffix(".conv")))
    with torch.no_grad():
        model(image)
    return observed


@pytest.mark.parametrize(
    "spec", [*any_specs(5, seed=3), *specs_of_any_parts(10, seed=4)], ids=lambda spec: spec.id
)
def test_every_layer_bears_its_module_s_name_parameters_and_sizes(spec: MobileViTSpec) -> None:
    model = build_model(spec, num_classes=10).eval()
    observed = observed_layers(model, torch.zeros(1, 3, spec.resolution, spec.resolution))
    layers = {
        layer.name: layer
        for layer in count_costs(spec, num_classes=10).layers
        if layer.kind not in {"attention_scores", "attention_values", "resize"}
    }
    assert list(layers) == list(observed)
    for name, layer in layers.items():
        params = sum(parameter.numel() for parameter in model.get_submodule(name).parameters())
        assert layer.params == params, name
        assert (layer.input_elements, layer.output_elements) == observed[name], name


def test_tracing_keeps_the_mode_of_the_module() -> None:
    spec = published("mobilevit_xxs", resolution=32)
    model = build_model(spec)
    assert trace_module(model, 32) == trace_costs(spec)
    assert model.training
    trace_module(model.eval(), 32)
    assert not model.training


def test_an_operator_nobody_counts_is_named() -> None:
    class Unexpected(nn.Conv2d):
        def forward(self, image: Tensor) -> Tensor:
            return super().forward(image).cumsum(0)

    observed = trace_module(Unexpected(3, 4, 1), 8)
    assert observed.macs == 3 * 4 * 8 * 8
    assert observed.uncounted == {"aten::cumsum"}


def test_a_spec_is_traced_at_its_own_resolution() -> None:
    spec = published("mobilevit_xxs", resolution=64)
    assert trace_costs(spec) == trace_costs(spec, 64) != trace_costs(spec, 32)
