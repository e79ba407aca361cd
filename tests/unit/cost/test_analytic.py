import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from random_specs import random_spec

from nasbench_mvit.architecture.heads import SSDLiteHead
from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.architecture.rivals import RivalSpec
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.analytic import (
    BYTES_PER_ELEMENT,
    CHUNK,
    Costs,
    LayerCost,
    count_costs,
    count_costs_many,
)
from nasbench_mvit.errors import SpecError


def with_blocks(spec: MobileViTSpec, **changes: object) -> MobileViTSpec:
    stages = tuple(
        stage
        if stage.block is None
        else dataclasses.replace(stage, block=dataclasses.replace(stage.block, **changes))  # type: ignore[arg-type]
        for stage in spec.stages
    )
    return dataclasses.replace(spec, stages=stages)


def attention_macs(costs: Costs) -> int:
    return sum(layer.macs for layer in costs.layers if layer.kind.startswith("attention"))


def detector(patches: tuple[int, int, int]) -> MobileViTSpec:
    xs = published("mobilevit_xs", patches=patches)
    return dataclasses.replace(xs, task_head=SSDLiteHead(), resolution=320)


def layer(costs: Costs, name: str) -> LayerCost:
    return next(layer for layer in costs.layers if layer.name == name)


@pytest.mark.parametrize(
    ("name", "gmacs", "gmacs_without_attention"),
    [
        ("mobilevit_s", 2.001, 1.823),
        ("mobilevit_xs", 1.026, 0.909),
        ("mobilevit_xxs", 0.407, 0.329),
    ],
)
def test_the_published_networks(name: str, gmacs: float, gmacs_without_attention: float) -> None:
    costs = count_costs(published(name))
    assert costs.params == FIGURES[name].params
    assert costs.macs / 1e9 == pytest.approx(gmacs, rel=1e-3)
    without = costs.macs - attention_macs(costs)
    assert without / 1e9 == pytest.approx(gmacs_without_attention, rel=2e-3)


def test_the_paper_s_figure_for_xs_is_at_224_without_attention() -> None:
    costs = count_costs(published("mobilevit_xs"), resolution=224)
    assert (costs.macs - attention_macs(costs)) / 1e9 == pytest.approx(0.703, rel=1e-3)


@pytest.mark.parametrize(
    ("network", "without_attention", "with_attention", "printed"),
    [
        (published("mobilevit_xs", resolution=224), 0.703, 0.772, 0.7),  # Tables 3, 9, 10a
        (published("mobilevit_xs", patches=(8, 4, 2), resolution=224), 0.766, 0.777, 0.7),
        (RivalSpec("mobilenet_v2"), 0.301, 0.301, 0.3),
        (RivalSpec("deit_tiny"), 1.075, 1.254, 1.3),
        (detector((2, 2, 2)), 1.559, 1.845, 1.6),  # Table 10b
        (detector((8, 4, 2)), 1.559, 1.586, 1.6),
    ],
)
def test_flops_that_the_paper_prints(
    network: MobileViTSpec | RivalSpec,
    without_attention: float,
    with_attention: float,
    printed: float,
) -> None:
    costs = count_costs(network)
    assert costs.macs / 1e9 == pytest.approx(with_attention, abs=6e-4)
    assert (costs.macs - attention_macs(costs)) / 1e9 == pytest.approx(without_attention, abs=6e-4)
    closest = min(without_attention, with_attention, key=lambda gmacs: abs(gmacs - printed))
    assert closest == pytest.approx(printed, abs=0.07)


def test_most_parameters_are_in_the_mobilevit_blocks() -> None:
    """As Fig. 3d draws it: the share of the MV2 blocks is small in every network."""
    for name, share in zip(BASELINES, (0.068, 0.079, 0.036), strict=True):
        costs = count_costs(published(name))
        of_mv2 = sum(layer.params for layer in costs.layers if ".mv2." in layer.name)
        assert of_mv2 / costs.params == pytest.approx(share, abs=6e-4)


@pytest.mark.parametrize(
    ("patches", "mmacs"),
    [((2, 2, 2), 178), ((3, 3, 3), 95), ((4, 4, 4), 44), ((8, 4, 2), 17)],
)
def test_attention_by_patch_size(patches: tuple[int, int, int], mmacs: int) -> None:
    expected = 0
    for side, patch, dim, depth in zip(
        (32, 16, 8), patches, (144, 192, 240), (2, 4, 3), strict=True
    ):
        pixels, patches_in_map = patch**2, (-(-side // patch)) ** 2
        expected += depth * 2 * pixels * patches_in_map**2 * dim
    found = attention_macs(count_costs(published("mobilevit_s", patches=patches)))
    assert found == expected
    assert found / 1e6 == pytest.approx(mmacs, abs=0.5)


def test_larger_patches_cost_less() -> None:
    macs = [
        count_costs(published("mobilevit_s", patches=patches)).macs
        for patches in [(2, 2, 2), (4, 4, 4), (8, 4, 2)]
    ]
    assert macs == sorted(macs, reverse=True)
    assert len(set(macs)) == len(macs)


@pytest.mark.parametrize(
    ("changes", "mparams", "gmacs"),
    [({"fusion": False}, 4.66, 1.73), ({"kernel": 1}, 4.35, 1.63), ({"kernel": 5}, 8.04, 2.73)],
)
def test_variants_of_s(changes: dict[str, object], mparams: float, gmacs: float) -> None:
    costs = count_costs(with_blocks(published("mobilevit_s"), **changes))
    assert costs.params / 1e6 == pytest.approx(mparams, abs=0.005)
    assert costs.macs / 1e9 == pytest.approx(gmacs, abs=0.005)


def test_a_layer_of_each_kind_by_hand() -> None:
    spec = with_blocks(published("mobilevit_s", resolution=250), patch=(2, 4), heads=6)
    costs = count_costs(spec, num_classes=7)
    side, dim, ffn_dim, channels, heads = 32, 144, 288, 96, 6
    sequences, patches = 2 * 4, (side // 2) * (side // 4)
    tokens = sequences * patches
    depthwise = layer(costs, "stages.2.mv2.0.depthwise")
    assert depthwise.params == 256 * (9 + 2)
    assert depthwise.macs == 256 * 9 * side**2
    assert depthwise.input_elements == 256 * 63**2
    assert layer(costs, "stages.2.block.to_tokens").params == channels * dim
    local = layer(costs, "stages.2.block.local")
    assert (local.params, local.macs) == (9 * 96**2 + 2 * 96, 9 * 96**2 * side**2)
    qkv = layer(costs, "stages.2.block.layers.1.attention.qkv")
    assert (qkv.params, qkv.macs) == (3 * dim * (dim + 1), 3 * dim * dim * tokens)
    assert qkv.output_shape == (sequences, patches, 3 * dim)
    scores = layer(costs, "stages.2.block.layers.0.attention.scores")
    assert scores.output_shape == (sequences, heads, patches, patches)
    assert scores.macs == sequences * patches**2 * dim
    assert scores.input_elements == 2 * tokens * dim
    values = layer(costs, "stages.2.block.layers.0.attention.values")
    assert values.output_shape == (sequences, heads, patches, dim // heads)
    assert values.input_elements == scores.output_elements + tokens * dim
    assert layer(costs, "stages.2.block.layers.0.ffn_expand").macs == tokens * dim * ffn_dim
    assert layer(costs, "classifier").params == 7 * (640 + 1)


def test_a_map_that_the_patch_does_not_divide_is_resized_to_whole_patches() -> None:
    names = [row.name for row in count_costs(published("mobilevit_s")).layers]
    assert not [name for name in names if "resize" in name]
    costs = count_costs(with_blocks(published("mobilevit_s"), patch=(3, 4)))
    up, down = (layer(costs, f"stages.2.block.resize_{way}") for way in ("up", "down"))
    assert up.output_shape == (144, 33, 32)
    assert down.output_shape == (144, 32, 32)
    assert (up.input_elements, down.input_elements) == (down.output_elements, up.output_elements)
    assert up.macs == up.params == down.macs == down.params == 0


def test_layers_sum_up_and_activation_bytes_leave_out_norms_and_resizes() -> None:
    costs = count_costs(published("mobilevit_xxs", patches=(3, 3, 3)))
    assert costs.params == sum(row.params for row in costs.layers)
    assert costs.macs == sum(row.macs for row in costs.layers)
    counted = [row for row in costs.layers if row.macs]
    assert costs.activation_bytes == BYTES_PER_ELEMENT * sum(row.output_elements for row in counted)
    assert {row.kind for row in costs.layers if not row.macs} == {"norm", "resize"}


def test_layers_as_a_table() -> None:
    costs = count_costs(published("mobilevit_xs"))
    frame = costs.to_frame()
    assert list(frame.columns) == [field.name for field in dataclasses.fields(LayerCost)]
    assert frame["macs"].sum() == costs.macs
    assert frame["name"].is_unique


def test_the_resolution_is_the_spec_s_own_unless_given() -> None:
    spec = published("mobilevit_s", resolution=192)
    assert count_costs(spec) == count_costs(published("mobilevit_s"), resolution=192)
    assert count_costs(spec) != count_costs(spec, resolution=256)


def test_a_resolution_without_pixels_is_refused() -> None:
    with pytest.raises(SpecError, match="at least 1 pixel, got 0"):
        count_costs(published("mobilevit_s"), resolution=0)


@pytest.mark.parametrize("resolution", [None, 100])
def test_many_at_once_are_each_as_if_alone(resolution: int | None) -> None:
    rng = np.random.default_rng(0)
    specs = [random_spec(rng, int(rng.integers(32, 300))) for _ in range(60)]
    many = count_costs_many(specs, resolution, num_classes=3)
    for index, spec in enumerate(specs):
        alone = count_costs(spec, resolution, num_classes=3)
        together = (many.params[index], many.macs[index], many.activation_bytes[index])
        assert together == (alone.params, alone.macs, alone.activation_bytes)


def test_no_networks_and_more_than_a_chunk_of_them() -> None:
    assert count_costs_many([]).macs.shape == (0,)
    many = count_costs_many([published(BASELINES[i % 3]) for i in range(CHUNK + 2)])
    assert many.params.tolist() == [FIGURES[BASELINES[i % 3]].params for i in range(CHUNK + 2)]


def test_counting_loads_neither_torch_nor_pandas() -> None:
    code = (
        "import sys\n"
        "from nasbench_mvit.architecture.published import published\n"
        "from nasbench_mvit.cost.analytic import count_costs\n"
        "count_costs(published('mobilevit_s'))\n"
        "assert not {'torch', 'fvcore', 'pandas'} & set(sys.modules), sorted(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_activations_of_xs_are_those_of_table_8() -> None:
    """In half precision at 224 px: the outputs of stages 1 to 4, and of the head."""
    xs = published("mobilevit_xs", resolution=224)
    head = round(xs.stages[-1].channels * xs.head_expansion)
    widths = [*(stage.channels for stage in xs.stages[:4]), head]
    kilobytes = [
        (xs.resolution >> shift) ** 2 * width * 2 / 1024 for shift, width in enumerate(widths, 1)
    ]
    assert [round(size) for size in kilobytes] == [784, 294, 98, 31, 37]
