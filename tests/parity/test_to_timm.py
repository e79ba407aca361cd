"""Networks of this package in the layout of timm, which loads them itself where it is installed."""

from pathlib import Path

import pytest
from rivals import live_timm
from transformers_reference import check_logits

from nasbench_mvit.architecture.published import published
from nasbench_mvit.export.formats.hub_layouts import write_library
from nasbench_mvit.export.interface import Classes
from nasbench_mvit.export.network import Network, random_model
from nasbench_mvit.models.weights.checkpoint import Notes

timm = live_timm()
CLASSES = ("boot", "hat", "sock")
pytestmark = pytest.mark.skipif(timm is None, reason="timm is not installed")


@pytest.mark.parametrize(
    "name",
    [
        "mobilevit_s",
        "mobilevit_xs",
        "mobilevit_xxs",
        "mobilevitv2_0.5",
        "mobilevitv2_1.0",
        "mobilevitv2_2.0",
    ],
)
def test_timm_loads_what_is_written(name: str, tmp_path: Path) -> None:
    spec = published(name)
    model = random_model(spec, seed=0, num_classes=len(CLASSES))
    notes = Notes(classes=CLASSES, resize=288, crop=256)
    network = Network(title="x", model=model, spec=spec, classes=Classes(CLASSES), notes=notes)
    write_library(tmp_path, network, "timm")
    theirs = timm.create_model(f"local-dir:{tmp_path}", pretrained=True).eval()
    check_logits(model, theirs, [(256, 256), (192, 192)])
    assert theirs.pretrained_cfg["label_names"] == list(CLASSES)
    assert tuple(theirs.pretrained_cfg["input_size"]) == (3, 256, 256)
