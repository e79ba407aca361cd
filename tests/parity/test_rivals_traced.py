"""The rivals' closed formulas against their torch modules, and MobileNetV3 layer by layer."""

import pytest
import torch

from nasbench_mvit.architecture.rivals import RIVAL_FIGURES, RIVALS, RivalSpec
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.cost.traced import UNCOUNTED, UNCOUNTED_IN_RIVALS, trace_costs
from nasbench_mvit.models.networks import build_network

NOT_MODULES = {"attention_scores", "attention_values", "embedding"}

# Parameters of MobileNetV3-Large's bottlenecks, worked out from Table 1 of arXiv 1905.02244:
# weights of expansion, depthwise, squeeze and projection, and two numbers for each normalised
# channel; kernel, input, exp size, output, squeezed channels.
V3_ROWS = (
    (3, 16, 16, 16, 0),
    (3, 16, 64, 24, 0),
    (3, 24, 72, 24, 0),
    (5, 24, 72, 40, 24),
    (5, 40, 120, 40, 32),
    (5, 40, 120, 40, 32),
    (3, 40, 240, 80, 0),
    (3, 80, 200, 80, 0),
    (3, 80, 184, 80, 0),
    (3, 80, 184, 80, 0),
    (3, 80, 480, 112, 120),
    (3, 112, 672, 112, 168),
    (5, 112, 672, 160, 168),
    (5, 160, 960, 160, 240),
    (5, 160, 960, 160, 240),
)


def v3_bottleneck(kernel: int, source: int, hidden: int, target: int, squeezed: int) -> int:
    expand = 0 if hidden == source else source * hidden + 2 * hidden
    depthwise = kernel**2 * hidden + 2 * hidden
    squeeze = (hidden + 1) * squeezed + (squeezed + 1) * hidden if squeezed else 0
    return expand + depthwise + squeeze + hidden * target + 2 * target


def test_mobilenet_v3_has_the_parameters_of_its_paper_s_table() -> None:
    model = build_network(RivalSpec("mobilenet_v3_large"))
    counted = [
        sum(parameter.numel() for parameter in bottleneck.parameters())
        for bottleneck in model.get_submodule("bottlenecks").children()
    ]
    assert counted == [v3_bottleneck(*row) for row in V3_ROWS]
    stem, head = 27 * 16 + 2 * 16, 160 * 960 + 2 * 960
    tail = (960 + 1) * 1280 + (1280 + 1) * 1000
    assert stem + sum(counted) + head + tail == 5_483_032


def test_deit_has_the_parameters_of_its_parts() -> None:
    d, ffn, patches = 192, 768, (224 // 16) ** 2
    layer = 2 * 2 * d + (d + 1) * 3 * d + (d + 1) * d + (d + 1) * ffn + (ffn + 1) * d
    embedding = (16 * 16 * 3 + 1) * d + (patches + 1) * d + d
    assert embedding + 12 * layer + 2 * d + (d + 1) * 1000 == 5_717_416
    assert count_costs(RivalSpec("deit_tiny")).params == 5_717_416


@pytest.mark.parametrize("name", RIVALS)
@pytest.mark.parametrize("resolution", [None, 64, 75])
def test_a_rival_costs_what_its_module_does(name: str, resolution: int | None) -> None:
    counted = count_costs(RivalSpec(name), resolution)
    observed = trace_costs(RivalSpec(name), resolution)
    assert (counted.params, counted.macs) == (observed.params, observed.macs)
    assert counted.params == RIVAL_FIGURES[name].params
    assert observed.uncounted <= UNCOUNTED | UNCOUNTED_IN_RIVALS


@pytest.mark.parametrize("name", RIVALS)
def test_every_layer_bears_its_module_s_name_and_parameters(name: str) -> None:
    rival = RivalSpec(name, 64)
    with torch.device("meta"):
        model = build_network(rival, num_classes=10)
    for layer in count_costs(rival, num_classes=10).layers:
        if layer.kind not in NOT_MODULES:
            parameters = model.get_submodule(layer.name).parameters()
            assert layer.params == sum(parameter.numel() for parameter in parameters), layer.name
