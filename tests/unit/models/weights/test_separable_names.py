"""Key and shape tables of v2 and v3 in other libraries, written out from their sources.

timm: ``timm/models/mobilevit.py`` (``_mobilevitv2_cfg``, ``MobileVitV2Block``,
``LinearTransformerBlock``, ``LinearSelfAttention``). ml-cvnets:
``cvnets/modules/mobilevit_block.py`` (``MobileViTBlockv2``), ``cvnets/modules/transformer.py``
(``LinearAttnFFN``). micronDLA/MobileViTv3, 5e3f490: ``MobileViTv3-v1`` (``MobileViTv3Block``) and
``MobileViTv3-v2`` (``MobileViTBlockv3``).
"""

import pytest
import torch
from torch import Tensor

from nasbench_mvit.architecture.published import published
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.weights.convert import convert, identify

Shapes = dict[str, tuple[int, ...]]
NUM_CLASSES = 7
DEPTHS = (2, 4, 3)
V2_1_0 = (64, 128, 256, 384, 512)
V3_XXS = (16, 24, 64, 80, 128)


def unit(path: str, conv: str, norm: str, shape: tuple[int, ...]) -> Shapes:
    """Convolution without bias and batch normalisation, whose counter some files lack."""
    statistics = ("weight", "bias", "running_mean", "running_var")
    return {f"{path}.{conv}.weight": shape} | {
        f"{path}.{norm}.{name}": shape[:1] for name in statistics
    }


def with_bias(path: str, shape: tuple[int, ...]) -> Shapes:
    return {f"{path}.weight": shape, f"{path}.bias": shape[:1]}


def normalised(path: str, width: int) -> Shapes:
    return {f"{path}.weight": (width,), f"{path}.bias": (width,)}


def mv2(
    path: str, names: tuple[str, ...], conv: str, norm: str, widths: tuple[int, int, int]
) -> Shapes:
    first, hidden, last = widths
    expand, depthwise, project = (f"{path}.{name}" for name in names)
    return {
        **unit(expand, conv, norm, (hidden, first, 1, 1)),
        **unit(depthwise, conv, norm, (hidden, 1, 3, 3)),
        **unit(project, conv, norm, (last, hidden, 1, 1)),
    }


def timm_v2() -> Shapes:
    """MobileViTv2-1.0 of timm."""
    shapes = unit("stem", "conv", "bn", (32, 3, 3, 3))
    names, before = ("conv1_1x1", "conv2_kxk", "conv3_1x1"), 32
    for stage, width in enumerate(V2_1_0):
        for block in range(2 if stage == 1 else 1):
            path, source = f"stages.{stage}.{block}", before if block == 0 else width
            shapes |= mv2(path, names, "conv", "bn", (source, 2 * source, width))
        before = width
        if stage < 2:
            continue
        dim, path = width // 2, f"stages.{stage}.1"
        shapes |= unit(f"{path}.conv_kxk", "conv", "bn", (width, 1, 3, 3))
        shapes[f"{path}.conv_1x1.weight"] = (dim, width, 1, 1)
        for layer in range(DEPTHS[stage - 2]):
            inner = f"{path}.transformer.{layer}"
            shapes |= normalised(f"{inner}.norm1", dim) | normalised(f"{inner}.norm2", dim)
            shapes |= with_bias(f"{inner}.attn.qkv_proj", (1 + 2 * dim, dim, 1, 1))
            shapes |= with_bias(f"{inner}.attn.out_proj", (dim, dim, 1, 1))
            shapes |= with_bias(f"{inner}.mlp.fc1", (2 * dim, dim, 1, 1))
            shapes |= with_bias(f"{inner}.mlp.fc2", (dim, 2 * dim, 1, 1))
        shapes |= normalised(f"{path}.norm", dim)
        shapes |= unit(f"{path}.conv_proj", "conv", "bn", (width, dim, 1, 1))
    return shapes | with_bias("head.fc", (NUM_CLASSES, 512))


def cvnets_separable(*, v3: bool) -> Shapes:
    """MobileViTv2-1.0 of ml-cvnets, or MobileViTv3-1.0 of micronDLA, which projects the join."""
    conv, norm = "block.conv", "block.norm"
    shapes = unit("conv_1", conv, norm, (32, 3, 3, 3))
    names, before = ("block.exp_1x1", "block.conv_3x3", "block.red_1x1"), 32
    for stage, width in enumerate(V2_1_0):
        for block in range(2 if stage == 1 else 1):
            path, source = f"layer_{stage + 1}.{block}", before if block == 0 else width
            shapes |= mv2(path, names, conv, norm, (source, 2 * source, width))
        before = width
        if stage < 2:
            continue
        dim, path = width // 2, f"layer_{stage + 1}.1"
        shapes |= unit(f"{path}.local_rep.0", conv, norm, (width, 1, 3, 3))
        shapes[f"{path}.local_rep.1.block.conv.weight"] = (dim, width, 1, 1)
        for layer in range(DEPTHS[stage - 2]):
            inner = f"{path}.global_rep.{layer}"
            attention = f"{inner}.pre_norm_attn"
            shapes |= normalised(f"{attention}.0", dim) | normalised(f"{inner}.pre_norm_ffn.0", dim)
            shapes |= with_bias(f"{attention}.1.qkv_proj.block.conv", (1 + 2 * dim, dim, 1, 1))
            shapes |= with_bias(f"{attention}.1.out_proj.block.conv", (dim, dim, 1, 1))
            shapes |= with_bias(f"{inner}.pre_norm_ffn.1.block.conv", (2 * dim, dim, 1, 1))
            shapes |= with_bias(f"{inner}.pre_norm_ffn.3.block.conv", (dim, 2 * dim, 1, 1))
        shapes |= normalised(f"{path}.global_rep.{DEPTHS[stage - 2]}", dim)
        joined = 2 * dim if v3 else dim
        shapes |= unit(f"{path}.conv_proj", conv, norm, (width, joined, 1, 1))
    return shapes | with_bias("classifier.1", (NUM_CLASSES, 512))


def micron_v3_xxs() -> Shapes:
    """MobileViTv3-XXS of micronDLA."""
    conv, norm = "block.conv", "block.norm"
    shapes = unit("conv_1", conv, norm, (16, 3, 3, 3))
    names, before = ("block.exp_1x1", "block.conv_3x3", "block.red_1x1"), 16
    for stage, width in enumerate(V3_XXS):
        for block in range(3 if stage == 1 else 1):
            path, source = f"layer_{stage + 1}.{block}", before if block == 0 else width
            shapes |= mv2(path, names, conv, norm, (source, 2 * source, width))
        before = width
        if stage < 2:
            continue
        dim, path = (64, 80, 96)[stage - 2], f"layer_{stage + 1}.1"
        shapes |= unit(f"{path}.local_rep.conv_3x3", conv, norm, (width, 1, 3, 3))
        shapes[f"{path}.local_rep.conv_1x1.block.conv.weight"] = (dim, width, 1, 1)
        for layer in range(DEPTHS[stage - 2]):
            inner = f"{path}.global_rep.{layer}"
            attention = f"{inner}.pre_norm_mha"
            shapes |= normalised(f"{attention}.0", dim) | normalised(f"{inner}.pre_norm_ffn.0", dim)
            shapes |= with_bias(f"{attention}.1.qkv_proj", (3 * dim, dim))
            shapes |= with_bias(f"{attention}.1.out_proj", (dim, dim))
            shapes |= with_bias(f"{inner}.pre_norm_ffn.1", (2 * dim, dim))
            shapes |= with_bias(f"{inner}.pre_norm_ffn.4", (dim, 2 * dim))
        shapes |= normalised(f"{path}.global_rep.{DEPTHS[stage - 2]}", dim)
        shapes |= unit(f"{path}.conv_proj", conv, norm, (width, dim, 1, 1))
        shapes |= unit(f"{path}.fusion", conv, norm, (width, dim + width, 1, 1))
    shapes |= unit("conv_1x1_exp", conv, norm, (512, 128, 1, 1))
    return shapes | with_bias("classifier.fc", (NUM_CLASSES, 512))


def random_state(shapes: Shapes) -> dict[str, Tensor]:
    torch.manual_seed(0)
    return {key: torch.rand(shape) for key, shape in shapes.items()}


@pytest.mark.parametrize(
    ("source", "name", "shapes"),
    [
        ("timm", "mobilevitv2_1.0", timm_v2()),
        ("ml-cvnets", "mobilevitv2_1.0", cvnets_separable(v3=False)),
        ("ml-cvnets", "mobilevitv3_1.0", cvnets_separable(v3=True)),
        ("ml-cvnets", "mobilevitv3_xxs", micron_v3_xxs()),
    ],
)
def test_weights_are_known_by_their_names_and_load(source: str, name: str, shapes: Shapes) -> None:
    state = random_state(shapes)
    found = identify(state, source)
    assert (found.name, found.num_classes) == (name, NUM_CLASSES)
    build_model(published(name), NUM_CLASSES).load_state_dict(convert(state, source), strict=True)


def test_v3_on_v2_joins_its_representations_in_the_order_of_its_authors() -> None:
    state = random_state(cvnets_separable(v3=True))
    weight = state["layer_3.1.conv_proj.block.conv.weight"]  # over (global, local)
    joined = convert(state, "ml-cvnets")["stages.2.block.fuse.conv.weight"]  # over (local, global)
    torch.testing.assert_close(joined[:, :128], weight[:, 128:])
    torch.testing.assert_close(joined[:, 128:], weight[:, :128])


def test_v3_on_v1_joins_them_as_here() -> None:
    state = random_state(micron_v3_xxs())
    joined = convert(state, "ml-cvnets")["stages.2.block.fuse.conv.weight"]
    torch.testing.assert_close(joined, state["layer_3.1.fusion.block.conv.weight"])
