"""Exported programs and the weights beside them."""

from pathlib import Path

import pytest
import torch
from exporting import RESOLUTION, checked, described, small_network

from nasbench_mvit.export.formats.torch_program import export_torch, open_torch
from nasbench_mvit.export.interface import Precision
from nasbench_mvit.models.weights.checkpoint import load_model


@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 1e-6), ("fp16", 1e-2)])
def test_a_program_computes_what_the_network_does(
    precision: Precision, tolerance: float, tmp_path: Path
) -> None:
    network = small_network()
    program, weights = tmp_path / "model.pt2", tmp_path / "model.safetensors"
    export_torch(program, weights, network, precision)
    assert checked(network, open_torch(program).run).relative_difference <= tolerance
    model, spec = load_model(weights)
    assert spec == network.spec
    images = torch.rand(1, 3, RESOLUTION, RESOLUTION)
    with torch.no_grad():
        assert torch.equal(model(images), network.model(images))
    held = {"nasbench_mvit": ""}
    torch.export.load(program, extra_files=held)
    assert described(held) == network.spec
