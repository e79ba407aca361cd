"""The names of SSDLite and DeepLabv3 in other implementations, and files of networks with them.

The table of ml-cvnets' SSDLite is that of the state dict which its own code gives for
``config/detection/ssd_coco/mobilevit.yaml`` with MobileViT-XXS; there the convolution of the pooled
map has no bias.
"""

import dataclasses
from pathlib import Path

import pytest
import torch
from foreign_weights import XXS, named_by
from torch import Tensor, nn

from nasbench_mvit.architecture.heads import DeepLabv3Head, SSDLiteHead
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import WeightsError
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.weights.checkpoint import load_model, save_model
from nasbench_mvit.models.weights.convert import convert, identify
from nasbench_mvit.models.weights.loading import load_weights

Shapes = dict[str, tuple[int, ...]]
HEADED = [
    ("detection", "ml-cvnets"),
    ("segmentation", "ml-cvnets"),
    ("segmentation", "transformers"),
]


def unit(path: str, *shape: int) -> Shapes:
    """Return a convolution of a shape and its normalisation, by ml-cvnets' names."""
    channels = {"weight", "bias", "running_mean", "running_var"}
    return {
        f"{path}.block.conv.weight": shape,
        **{f"{path}.block.norm.{name}": shape[:1] for name in channels},
        f"{path}.block.norm.num_batches_tracked": (),
    }


def plain(path: str, *shape: int) -> Shapes:
    return {f"{path}.weight": shape, f"{path}.bias": shape[:1]}


def ssdlite_of_xxs(num_classes: int) -> Shapes:
    outputs = 4 + num_classes + 1
    table: Shapes = {"extra_layers.os_-1.1.block.conv.weight": (64, 128, 1, 1)}
    for stride, source, target in ((64, 80, 256), (128, 256, 128), (256, 128, 128)):
        table |= unit(f"extra_layers.os_{stride}.dw_conv", source, 1, 3, 3)
        table |= unit(f"extra_layers.os_{stride}.pw_conv", target, source, 1, 1)
    table |= unit("ssd_heads.0.proj_layer", 512, 64, 1, 1)
    table |= unit("ssd_heads.1.proj_layer", 256, 80, 1, 1)
    for index, width in enumerate((512, 256, 256, 128, 128)):
        name = f"ssd_heads.{index}.loc_cls_layer"
        table |= unit(f"{name}.dw_conv", width, 1, 3, 3)
        table |= plain(f"{name}.pw_conv.block.conv", 6 * outputs, width, 1, 1)
    return table | plain("ssd_heads.5.loc_cls_layer.block.conv", 4 * outputs, 64, 1, 1)


def shapes_of(state: dict[str, Tensor]) -> Shapes:
    return {key: tuple(value.shape) for key, value in state.items()}


def foreign(
    task: str, source: str, num_classes: int = 3
) -> tuple[MobileViTSpec, dict[str, Tensor]]:
    """Return an XXS with a head, and random weights for it by the names of a source."""
    torch.manual_seed(0)
    spec = XXS.for_task(task)
    state = named_by(source, build_model(spec, num_classes), spec)
    state.pop("extra_layers.os_-1.1.block.conv.bias", None)
    return spec, state


def _loaded(spec: MobileViTSpec, state: dict[str, Tensor]) -> nn.Module:
    model = build_model(spec, 3)
    model.load_state_dict(state, strict=True)
    return model


def test_the_names_of_ssdlite_are_those_of_ml_cvnets() -> None:
    _, state = foreign("detection", "ml-cvnets", num_classes=80)
    head = {key: value for key, value in state.items() if not key.startswith("encoder.")}
    assert shapes_of(head) == ssdlite_of_xxs(80)


@pytest.mark.parametrize(("task", "source"), HEADED)
def test_every_tensor_of_a_head_lands_in_a_network_of_its_task(task: str, source: str) -> None:
    spec, state = foreign(task, source)
    found = identify(state, source)
    assert (found.name, found.spec, found.num_classes) == ("mobilevit_xxs", spec, 3)
    converted = convert(state, source)
    again = named_by(source, _loaded(spec, converted), spec)
    assert all(torch.equal(again[key], value) for key, value in state.items())
    if task == "detection":
        assert not converted["task_head.pooled.bias"].any()


def test_a_pyramid_of_another_width_is_recognised() -> None:
    spec = dataclasses.replace(XXS, task_head=DeepLabv3Head(aspp_channels=48))
    state = named_by("transformers", build_model(spec, 5), spec)
    assert identify(state, "transformers").spec == spec


@pytest.mark.parametrize(("task", "source"), HEADED)
def test_a_file_of_a_foreign_network_with_a_head_is_read(
    tmp_path: Path, task: str, source: str
) -> None:
    spec, state = foreign(task, source)
    path = tmp_path / "network.pt"
    torch.save({"model": {f"module.{key}": value for key, value in state.items()}}, path)
    loaded = load_weights(path, task=None)
    assert (loaded.source, loaded.spec) == (source, spec)
    with pytest.raises(WeightsError, match=f"for {task}, and one for classification is needed"):
        load_weights(path)


@pytest.mark.parametrize("head", [SSDLiteHead(channels_16=24), DeepLabv3Head(output_stride=8)])
def test_a_saved_network_with_a_head_is_what_it_was(
    tmp_path: Path, head: SSDLiteHead | DeepLabv3Head
) -> None:
    spec = dataclasses.replace(XXS, task_head=head)
    model = build_model(spec, 6).eval()
    save_model(tmp_path / "own.safetensors", model, spec)
    again, found = load_model(tmp_path / "own.safetensors")
    image = torch.rand(1, 3, 64, 64)
    assert found == spec
    with torch.no_grad():
        for ours, theirs in zip(again(image), model(image), strict=True):
            torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize(
    ("key", "words"),
    [("ssd_heads.3.loc_cls_layer.pw_conv.block.conv.bias", "missing"),
     ("encoder.layer_5.1.fusion.block.conv.weight", "missing")],
)  # fmt: skip
def test_a_missing_tensor_is_named(key: str, words: str) -> None:
    _, state = foreign("detection", "ml-cvnets")
    del state[key]
    with pytest.raises(WeightsError, match=f"{words}: {key}"):
        convert(state, "ml-cvnets")
