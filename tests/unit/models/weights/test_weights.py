"""Key and shape tables of timm and ml-cvnets, written out from their sources, against `convert`.

timm: ``timm/models/mobilevit.py`` (``model_cfgs``, ``MobileVitBlock``), ``timm/models/byobnet.py``
(``ByobNet``, ``BottleneckBlock``), ``ConvNormAct`` with its ``conv`` and ``bn``, and ``Block`` of
``timm/models/vision_transformer.py``. ml-cvnets (main, 0c0f798):
``cvnets/models/classification/mobilevit.py`` and its ``config/mobilevit.py``,
``cvnets/modules/mobilenetv2.py``, ``mobilevit_block.py``, ``transformer.py`` and
``cvnets/layers/conv_layer.py``, ``multi_head_attention.py``.
"""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.errors import WeightsError
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.weights.convert import convert

Shapes = dict[str, tuple[int, ...]]
NUM_CLASSES = 1000

#                MV2 expansion, output channels of the layers, transformer widths
SIZES = {
    "mobilevit_s": (4, (32, 64, 96, 128, 160), (144, 192, 240)),
    "mobilevit_xs": (4, (32, 48, 64, 80, 96), (96, 120, 144)),
    "mobilevit_xxs": (2, (16, 24, 48, 64, 80), (64, 80, 96)),
}
STEM = 16
MV2_BLOCKS = (1, 3, 1, 1, 1)
TRANSFORMER_LAYERS = (2, 4, 3)


def affine(path: str, width: int) -> Shapes:
    return {f"{path}.weight": (width,), f"{path}.bias": (width,)}


def batch_norm(path: str, width: int) -> Shapes:
    running = {f"{path}.running_mean": (width,), f"{path}.running_var": (width,)}
    return affine(path, width) | running | {f"{path}.num_batches_tracked": ()}


def linear(path: str, width_in: int, width_out: int) -> Shapes:
    return {f"{path}.weight": (width_out, width_in), f"{path}.bias": (width_out,)}


def timm_conv(path: str, cin: int, cout: int, k: int, *, depthwise: bool = False) -> Shapes:
    weight = {f"{path}.conv.weight": (cout, 1 if depthwise else cin, k, k)}
    return weight | batch_norm(f"{path}.bn", cout)


def timm_layer(path: str, d: int) -> Shapes:
    return (
        affine(f"{path}.norm1", d)
        | linear(f"{path}.attn.qkv", d, 3 * d)
        | linear(f"{path}.attn.proj", d, d)
        | affine(f"{path}.norm2", d)
        | linear(f"{path}.mlp.fc1", d, 2 * d)
        | linear(f"{path}.mlp.fc2", 2 * d, d)
    )


def timm_table(name: str) -> Shapes:
    expansion, channels, dims = SIZES[name]
    table, cin = timm_conv("stem", 3, STEM, 3), STEM
    for i, cout in enumerate(channels):
        for j in range(MV2_BLOCKS[i]):
            hidden = cin * expansion
            table |= timm_conv(f"stages.{i}.{j}.conv1_1x1", cin, hidden, 1)
            table |= timm_conv(f"stages.{i}.{j}.conv2_kxk", hidden, hidden, 3, depthwise=True)
            table |= timm_conv(f"stages.{i}.{j}.conv3_1x1", hidden, cout, 1)
            cin = cout
        if i >= 2:
            path, d = f"stages.{i}.1", dims[i - 2]
            table |= timm_conv(f"{path}.conv_kxk", cout, cout, 3)
            table |= {f"{path}.conv_1x1.weight": (d, cout, 1, 1)}
            for layer in range(TRANSFORMER_LAYERS[i - 2]):
                table |= timm_layer(f"{path}.transformer.{layer}", d)
            table |= affine(f"{path}.norm", d)
            table |= timm_conv(f"{path}.conv_proj", d, cout, 1)
            table |= timm_conv(f"{path}.conv_fusion", 2 * cout, cout, 3)
    table |= timm_conv("final_conv", cin, 4 * cin, 1)
    return table | linear("head.fc", 4 * cin, NUM_CLASSES)


def cvnets_conv(path: str, cin: int, cout: int, k: int, *, depthwise: bool = False) -> Shapes:
    weight = {f"{path}.block.conv.weight": (cout, 1 if depthwise else cin, k, k)}
    return weight | batch_norm(f"{path}.block.norm", cout)


def cvnets_layer(path: str, d: int) -> Shapes:
    return (
        affine(f"{path}.pre_norm_mha.0", d)
        | linear(f"{path}.pre_norm_mha.1.qkv_proj", d, 3 * d)
        | linear(f"{path}.pre_norm_mha.1.out_proj", d, d)
        | affine(f"{path}.pre_norm_ffn.0", d)
        | linear(f"{path}.pre_norm_ffn.1", d, 2 * d)
        | linear(f"{path}.pre_norm_ffn.4", 2 * d, d)
    )


def cvnets_table(name: str) -> Shapes:
    expansion, channels, dims = SIZES[name]
    table, cin = cvnets_conv("conv_1", 3, STEM, 3), STEM
    for number, cout in enumerate(channels, start=1):
        for j in range(MV2_BLOCKS[number - 1]):
            path, hidden = f"layer_{number}.{j}.block", cin * expansion
            table |= cvnets_conv(f"{path}.exp_1x1", cin, hidden, 1)
            table |= cvnets_conv(f"{path}.conv_3x3", hidden, hidden, 3, depthwise=True)
            table |= cvnets_conv(f"{path}.red_1x1", hidden, cout, 1)
            cin = cout
        if number >= 3:
            path, d, depth = f"layer_{number}.1", dims[number - 3], TRANSFORMER_LAYERS[number - 3]
            table |= cvnets_conv(f"{path}.local_rep.conv_3x3", cout, cout, 3)
            table |= {f"{path}.local_rep.conv_1x1.block.conv.weight": (d, cout, 1, 1)}
            for layer in range(depth):
                table |= cvnets_layer(f"{path}.global_rep.{layer}", d)
            table |= affine(f"{path}.global_rep.{depth}", d)
            table |= cvnets_conv(f"{path}.conv_proj", d, cout, 1)
            table |= cvnets_conv(f"{path}.fusion", 2 * cout, cout, 3)
    table |= cvnets_conv("conv_1x1_exp", cin, 4 * cin, 1)
    return table | linear("classifier.fc", 4 * cin, NUM_CLASSES)


TABLES: dict[str, Callable[[str], Shapes]] = {"timm": timm_table, "ml-cvnets": cvnets_table}
BUFFERS = ("running_mean", "running_var", "num_batches_tracked")

# Our name of a tensor, and that of timm and of ml-cvnets.
LANDMARKS = {
    "stem.conv.weight": ("stem.conv.weight", "conv_1.block.conv.weight"),
    "stages.1.mv2.2.depthwise.norm.running_var": (
        "stages.1.2.conv2_kxk.bn.running_var",
        "layer_2.2.block.conv_3x3.block.norm.running_var",
    ),
    "stages.2.mv2.0.project.conv.weight": (
        "stages.2.0.conv3_1x1.conv.weight",
        "layer_3.0.block.red_1x1.block.conv.weight",
    ),
    "stages.2.block.local.norm.bias": (
        "stages.2.1.conv_kxk.bn.bias",
        "layer_3.1.local_rep.conv_3x3.block.norm.bias",
    ),
    "stages.3.block.to_tokens.weight": (
        "stages.3.1.conv_1x1.weight",
        "layer_4.1.local_rep.conv_1x1.block.conv.weight",
    ),
    "stages.3.block.layers.3.attention_norm.weight": (
        "stages.3.1.transformer.3.norm1.weight",
        "layer_4.1.global_rep.3.pre_norm_mha.0.weight",
    ),
    "stages.3.block.layers.0.attention.qkv.weight": (
        "stages.3.1.transformer.0.attn.qkv.weight",
        "layer_4.1.global_rep.0.pre_norm_mha.1.qkv_proj.weight",
    ),
    "stages.4.block.layers.2.attention.proj.bias": (
        "stages.4.1.transformer.2.attn.proj.bias",
        "layer_5.1.global_rep.2.pre_norm_mha.1.out_proj.bias",
    ),
    "stages.4.block.layers.1.ffn_norm.bias": (
        "stages.4.1.transformer.1.norm2.bias",
        "layer_5.1.global_rep.1.pre_norm_ffn.0.bias",
    ),
    "stages.4.block.layers.1.ffn_reduce.weight": (
        "stages.4.1.transformer.1.mlp.fc2.weight",
        "layer_5.1.global_rep.1.pre_norm_ffn.4.weight",
    ),
    "stages.4.block.norm.weight": ("stages.4.1.norm.weight", "layer_5.1.global_rep.3.weight"),
    "stages.2.block.from_tokens.conv.weight": (
        "stages.2.1.conv_proj.conv.weight",
        "layer_3.1.conv_proj.block.conv.weight",
    ),
    "stages.2.block.fuse.conv.weight": (
        "stages.2.1.conv_fusion.conv.weight",
        "layer_3.1.fusion.block.conv.weight",
    ),
    "head.norm.running_mean": (
        "final_conv.bn.running_mean",
        "conv_1x1_exp.block.norm.running_mean",
    ),
    "classifier.weight": ("head.fc.weight", "classifier.fc.weight"),
}


def random_state(shapes: Shapes) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {
        key: torch.rand(shape, generator=generator) if shape else torch.tensor(7)
        for key, shape in shapes.items()
    }


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("source", TABLES)
def test_the_tables_describe_the_published_networks(source: str, name: str) -> None:
    table = TABLES[source](name)
    params = sum(math.prod(s) for key, s in table.items() if not key.endswith(BUFFERS))
    assert params == FIGURES[name].params


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("source", TABLES)
def test_every_tensor_lands_where_it_belongs(source: str, name: str) -> None:
    state = random_state(TABLES[source](name))
    converted = convert(state, source)
    build_model(published(name)).load_state_dict(converted, strict=True)
    assert len(converted) == len(state)
    assert len({tensor.data_ptr() for tensor in converted.values()}) == len(converted)
    for ours, theirs in LANDMARKS.items():
        assert converted[ours] is state[theirs[list(TABLES).index(source)]], ours


def test_the_classifier_says_the_number_of_classes() -> None:
    state = random_state(timm_table("mobilevit_xxs"))
    state["head.fc.weight"], state["head.fc.bias"] = torch.rand(5, 320), torch.rand(5)
    model = build_model(published("mobilevit_xxs"), 5)
    model.load_state_dict(convert(state, "timm"))
    assert torch.equal(model.state_dict()["classifier.weight"], state["head.fc.weight"])


def test_counters_are_kept_or_zero() -> None:
    state = random_state(timm_table("mobilevit_xxs"))
    del state["stem.bn.num_batches_tracked"]
    converted = convert(state, "timm")
    assert converted["stem.norm.num_batches_tracked"] == 0
    assert converted["stem.norm.num_batches_tracked"].dtype == torch.int64
    assert converted["head.norm.num_batches_tracked"] == 7


def test_an_unknown_source_is_named_with_those_there_are() -> None:
    with pytest.raises(WeightsError, match=r"'tim'.*Did you mean 'timm'.*ml-cvnets"):
        convert({}, "tim")


def test_weights_of_another_source_are_refused() -> None:
    state = random_state(timm_table("mobilevit_xxs"))
    with pytest.raises(WeightsError, match=r"not look like ml-cvnets.*'classifier\.fc\.weight'"):
        convert(state, "ml-cvnets")


def test_missing_and_unexpected_keys_and_wrong_shapes_are_named() -> None:
    state = random_state(timm_table("mobilevit_xxs"))
    state["stem.convolution.weight"] = state.pop("stem.conv.weight")
    state["final_conv.conv.weight"] = torch.rand(320, 81, 1, 1)
    with pytest.raises(WeightsError) as error:
        convert(state, "timm")
    assert "missing: stem.conv.weight;" in str(error.value)
    assert "unexpected: stem.convolution.weight;" in str(error.value)
    assert "final_conv.conv.weight ((320, 81, 1, 1), needs (320, 80, 1, 1))" in str(error.value)


@pytest.mark.parametrize("shape", [(10, 100), (320,)])
def test_networks_other_than_the_published_are_refused(shape: tuple[int, ...]) -> None:
    state = random_state(timm_table("mobilevit_xxs") | {"head.fc.weight": shape})
    with pytest.raises(WeightsError, match=r"none of \(classes, 256, 320, 384, .*, 1024\)"):
        convert(state, "timm")
