"""Networks of this package in the layouts of transformers and timm: the live library loads them."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from exporting import small_spec
from transformers import AutoModelForImageClassification
from transformers_reference import check_logits

from nasbench_mvit.architecture.block import BlockSpec
from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import ExportError
from nasbench_mvit.export.formats.hub_layouts import PREPROCESSOR, check_that_has, write_library
from nasbench_mvit.export.interface import Classes
from nasbench_mvit.export.network import Network, random_model
from nasbench_mvit.models.weights.checkpoint import Notes, load_model, read_notes
from nasbench_mvit.models.weights.convert import convert
from nasbench_mvit.models.weights.hub_configs import config_of
from nasbench_mvit.models.weights.loading import load_weights

CLASSES = ("boot", "hat", "sock")


def changed(name: str, **block: Any) -> MobileViTSpec:
    """Return a published network with other fields in all its blocks."""
    spec = published(name)
    stages = [
        stage if stage.block is None
        else dataclasses.replace(stage, block=dataclasses.replace(stage.block, **block))
        for stage in spec.stages
    ]  # fmt: skip
    return dataclasses.replace(spec, stages=tuple(stages))


def other_widths() -> MobileViTSpec:
    """Return a network between XXS and XS, which nobody published."""
    spec = published("mobilevit_xxs")
    stages = list(spec.stages)
    stages[3] = dataclasses.replace(
        stages[3], channels=72, block=BlockSpec(dim=88, depth=4, heads=8, ffn_ratio=1.5)
    )
    for index in (2, 4):
        before = stages[index].block
        assert before is not None
        block = dataclasses.replace(before, heads=8, ffn_ratio=1.5)
        stages[index] = dataclasses.replace(stages[index], block=block)
    return dataclasses.replace(spec, stages=tuple(stages), head_expansion=3.0, resolution=192)


def network(spec: MobileViTSpec) -> Network:
    model = random_model(spec, seed=0, num_classes=len(CLASSES))
    notes = Notes(classes=CLASSES, resize=220, crop=192)
    return Network(title="x", model=model, spec=spec, classes=Classes(CLASSES), notes=notes)


@pytest.mark.parametrize(
    "spec",
    [
        *map(published, BASELINES),
        published("mobilevitv2_0.5"),
        published("mobilevitv2_1.25"),
        changed("mobilevit_xxs", kernel=1),
        changed("mobilevit_xxs", patch=(4, 4)),
        other_widths(),
    ],
    ids=lambda spec: spec.id,
)
def test_transformers_loads_what_is_written_and_so_do_we(
    spec: MobileViTSpec, tmp_path: Path
) -> None:
    ours = network(spec)
    write_library(tmp_path, ours, "transformers")
    theirs = AutoModelForImageClassification.from_pretrained(tmp_path).eval()
    check_logits(ours.model, theirs, [(256, 256)])
    assert theirs.config.id2label == dict(enumerate(CLASSES))
    loaded, same = load_model(tmp_path / "model.safetensors")
    assert same == spec
    state = loaded.state_dict()
    assert all(torch.equal(value, state[key]) for key, value in ours.model.state_dict().items())
    assert read_notes(tmp_path / "model.safetensors").classes == CLASSES
    assert load_weights(tmp_path / "model.safetensors").spec == spec


def test_images_are_prepared_there_as_here(tmp_path: Path) -> None:
    write_library(tmp_path, network(published("mobilevit_xxs")), "transformers")
    written = json.loads((tmp_path / PREPROCESSOR).read_text())
    assert written["do_flip_channel_order"] is False, "ours take RGB"
    assert written["size"] == {"shortest_edge": 220}
    assert written["crop_size"] == {"height": 192, "width": 192}


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("mobilevit_s", "mobilevit_s"),
        ("mobilevit_xxs", "mobilevit_xxs"),
        ("mobilevitv2_0.5", "mobilevitv2_050"),
        ("mobilevitv2_1.25", "mobilevitv2_125"),
    ],
)
def test_the_layout_of_timm_is_what_is_read_from_it(name: str, theirs: str, tmp_path: Path) -> None:
    ours = network(published(name))
    write_library(tmp_path, ours, "timm")
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["architecture"] == theirs
    assert config["num_classes"] == len(CLASSES)
    assert config["label_names"] == list(CLASSES)
    from safetensors.torch import load_file  # noqa: PLC0415

    converted = convert(load_file(tmp_path / "model.safetensors"), "timm")
    state = ours.model.state_dict()
    assert converted.keys() == state.keys()
    assert all(torch.equal(value, state[key]) for key, value in converted.items())


@pytest.mark.parametrize(
    ("library", "spec"),
    [
        ("transformers", small_spec()),
        ("transformers", published("mobilevitv3_s")),
        ("transformers", changed("mobilevit_xs", fusion=False)),
        ("transformers", published("mobilevit_s_patch_8_4_2")),
        ("timm", other_widths()),
        ("timm", published("mobilevit_s_patch_4_4_4")),
        ("timm", published("mobilevitv3_0.5")),
    ],
)
def test_an_architecture_that_a_library_lacks_is_refused(library: str, spec: MobileViTSpec) -> None:
    assert config_of(library, spec) is None
    with pytest.raises(ExportError, match=f"{library} has no such architecture"):
        check_that_has(library, spec)
