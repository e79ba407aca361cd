"""Packages with the interface of litert-torch, its quantiser and LiteRT's runtime, on torch itself.

``tests/benchmarks/bench_litert.py`` does the same with the real ones, by hand.
"""

import os
import sys
from pathlib import Path

import pytest

FAILS = "STAND_IN_FAILS"
VERSION = "0.0.1"

_CONVERTER = f"""
import os
import torch

def convert(module, sample_args):
    if {FAILS!r} in os.environ:
        raise RuntimeError("no lowering for this")
    return _Model(torch.export.export(module, sample_args))

class _Model:
    def __init__(self, program):
        self._program = program

    def export(self, path):
        for node in self._program.graph.nodes:
            node.meta.pop("from_node", None)  # it names graphs by where they lie in memory
        with open(path, "wb") as file:
            torch.export.save(self._program, file)
"""
_QUANTIZER = """
import shutil

class Quantizer:
    def __init__(self, model):
        self._model, self._operations = model, []

    def add_static_config(self, regex, operation_name, activation_num_bits, weight_num_bits):
        assert (regex, activation_num_bits, weight_num_bits) == (".*", 8, 8)
        self._operations.append(operation_name)

    def calibrate(self, data, num_threads):
        (images,) = data.values()
        assert all(image["image"].shape[:2] == (1, 3) for image in images)
        return {"images": len(images)}

    def quantize(self, ranges):
        assert ranges["images"] and len(set(self._operations)) == 4
        return self

    def export_model(self, path, overwrite):
        assert overwrite and path == self._model
"""
_RUNTIME = """
import torch

class Interpreter:
    def __init__(self, model_path, num_threads=None):
        with open(model_path, "rb") as file:
            program = torch.export.load(file)
        self._module, self._shape = program.module(), program.example_inputs[0][0].shape

    def allocate_tensors(self):
        pass

    def get_signature_list(self):
        return {"serving_default": {"inputs": ["image"], "outputs": ["logits"]}}

    def get_input_details(self):
        return [{"index": 0, "shape": tuple(self._shape)}]

    def get_output_details(self):
        return [{"index": 1}]

    def set_tensor(self, index, value):
        assert index == 0
        self._image = torch.from_numpy(value)

    def invoke(self):
        with torch.no_grad():
            self._logits = self._module(self._image).numpy()

    def get_tensor(self, index):
        assert index == 1
        return self._logits
"""
_RUNTIME_FILES = {
    "ai_edge_litert/__init__.py": "",
    "ai_edge_litert/interpreter.py": _RUNTIME,
    f"ai_edge_litert-{VERSION}.dist-info/METADATA": f"Name: ai-edge-litert\nVersion: {VERSION}\n",
}
_CONVERTER_FILES = {
    "litert_torch/__init__.py": _CONVERTER,
    f"litert_torch-{VERSION}.dist-info/METADATA": f"Name: litert-torch\nVersion: {VERSION}\n",
    "ai_edge_quantizer/__init__.py": "",
    "ai_edge_quantizer/quantizer.py": _QUANTIZER,
    f"ai_edge_quantizer-{VERSION}.dist-info/METADATA": "Name: ai-edge-quantizer\n"
    f"Version: {VERSION}\n",
}


def install(folder: Path, patch: pytest.MonkeyPatch, *, converter: bool = True) -> None:
    """Put the packages first on the path, here and in child processes."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "ai_edge_litert"]:
        patch.delitem(sys.modules, name)
    for name, text in (_RUNTIME_FILES | (_CONVERTER_FILES if converter else {})).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    patch.syspath_prepend(folder)
    paths = filter(None, [str(folder), os.environ.get("PYTHONPATH")])
    patch.setenv("PYTHONPATH", os.pathsep.join(paths))


def environment_of_its_own(folder: Path, converter: Path) -> Path:
    """Return a Python that finds the converter in ``converter``, whatever PYTHONPATH says."""
    python = folder / "python"
    python.write_text(
        f'#!/bin/sh\n[ -z "$PYTHONPATH" ] || exit 3\n'
        f'PYTHONPATH={converter} exec {sys.executable} "$@"\n'
    )
    python.chmod(0o755)
    return python
