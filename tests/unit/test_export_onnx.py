"""ONNX files: what they hold, that they compute what torch does, and what is refused."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from random_specs import random_spec
from tiny_training import tiny_spec

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import ExportError
from nasbench_mvit.export.onnx import OPSET, write_onnx
from nasbench_mvit.export.onnx_file import read_onnx_spec, save
from nasbench_mvit.models.mobilevit import build_model

RESOLUTION = 64
TOLERANCE = 1e-4


def small(stem_channels: int = 4) -> MobileViTSpec:
    return dataclasses.replace(tiny_spec(), resolution=RESOLUTION, stem_channels=stem_channels)


def written(folder: Path, spec: MobileViTSpec, **options: int) -> Path:
    torch.manual_seed(0)
    path = folder / "model.onnx"
    write_onnx(path, build_model(spec, 5), spec, **options)
    return path


@pytest.mark.parametrize("seed", range(4))
def test_a_file_computes_what_torch_does(seed: int, tmp_path: Path) -> None:
    spec = random_spec(np.random.default_rng(seed), resolution=70 + seed)  # patches need resizing
    torch.manual_seed(seed)
    model = build_model(spec, 5)
    path = tmp_path / "model.onnx"
    write_onnx(path, model, spec)
    images = torch.rand(1, 3, spec.resolution, spec.resolution)
    with torch.no_grad():
        expected = model.eval()(images).numpy()
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (logits,) = session.run(["logits"], {"image": images.numpy()})
    assert np.abs(logits - expected).max() <= TOLERANCE * np.abs(expected).max()


@pytest.mark.parametrize("batch_size", [1, 3])
def test_shapes_are_static(batch_size: int, tmp_path: Path) -> None:
    proto = onnx.load(written(tmp_path, small(), batch_size=batch_size))
    onnx.checker.check_model(proto, full_check=True)
    assert proto.opset_import[0].version == OPSET
    shapes = {
        value.name: [side.dim_value for side in value.type.tensor_type.shape.dim]
        for value in (*proto.graph.input, *proto.graph.output)
    }
    assert shapes == {
        "image": [batch_size, 3, RESOLUTION, RESOLUTION],
        "logits": [batch_size, 5],
    }
    operators = {node.op_type for node in proto.graph.node}
    assert not operators & {"Shape", "Dropout", "BatchNormalization", "If", "Loop"}
    assert "LayerNormalization" in operators


def test_a_model_stays_in_its_mode_and_the_bytes_repeat(tmp_path: Path) -> None:
    model = build_model(small(), 5)
    contents = set()
    for training in (True, False):
        model.train(training)
        write_onnx(tmp_path / "model.onnx", model, small())
        assert model.training is training
        contents.add((tmp_path / "model.onnx").read_bytes())
    assert len(contents) == 1


def test_the_network_is_read_back_without_torch(tmp_path: Path) -> None:
    path = written(tmp_path, small(stem_channels=7))
    assert read_onnx_spec(path) == small(stem_channels=7)
    code = (
        "import sys; from pathlib import Path\n"
        "from nasbench_mvit.export.onnx_file import read_onnx_spec\n"
        f"print(read_onnx_spec(Path({str(path)!r})).stem_channels, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["7", "False"]


def without_metadata(path: Path) -> None:
    proto = onnx.load(path)
    del proto.metadata_props[:]
    save(path, proto)


def with_metadata(text: str) -> object:
    def change(path: Path) -> None:
        proto = onnx.load(path)
        onnx.helper.set_model_props(proto, {"nasbench_mvit": text})
        save(path, proto)

    return change


DAMAGES = {
    "missing": (Path.unlink, "cannot be read"),
    "empty": (lambda path: path.write_bytes(b""), "name no network"),
    "cut": (lambda path: path.write_bytes(path.read_bytes()[:999]), "is no ONNX file"),
    "text": (lambda path: path.write_text("a network"), "name no network|is no ONNX file"),
    "foreign": (without_metadata, "name no network"),
    "no JSON": (with_metadata("{"), "damaged metadata"),
    "no object": (with_metadata("[]"), "damaged metadata"),
    "later": (with_metadata('{"version": 2, "spec": {}}'), "format version 2"),
    "no network": (with_metadata('{"version": 1, "spec": {"stages": []}}'), "no valid network"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_file_without_a_network_is_refused(name: str, tmp_path: Path) -> None:
    path = written(tmp_path, small())
    damage, message = DAMAGES[name]
    damage(path)  # type: ignore[operator]
    with pytest.raises(ExportError, match=message):
        read_onnx_spec(path)


def test_a_missing_library_is_named_with_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ExportError, match=r"pip install .*'\.\[onnx\]'"):
        write_onnx(tmp_path / "model.onnx", build_model(small(), 5), small())
    assert not list(tmp_path.iterdir())
