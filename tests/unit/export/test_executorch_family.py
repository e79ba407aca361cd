"""Every part of the family through ExecuTorch itself; ``.ci/run`` has a stage that installs it."""

from pathlib import Path

import pytest
from exporting import FAMILY, checked, family_network, noise_samples, small_network, small_spec

from nasbench_mvit.export.formats.executorch import export_executorch, open_executorch
from nasbench_mvit.export.interface import Precision

pytest.importorskip("executorch", reason="executorch is not installed")


@pytest.mark.timeout(300)  # lowering takes most of a minute
@pytest.mark.parametrize(
    ("name", "precision", "tolerance"),
    [
        *((name, "fp32", 1e-5) for name in FAMILY),
        ("v2, v3, v3_separable", "fp16", 0.02),
        ("v2, v3, v3_separable", "int8", 0.5),
    ],
)
def test_each_part_computes_what_torch_does(
    name: str, precision: Precision, tolerance: float, tmp_path: Path
) -> None:
    network, path = family_network(name), tmp_path / "model.pte"
    lowering = export_executorch(path, network, precision, noise_samples(32))
    assert lowering.warning is None
    check = checked(network, open_executorch(path).run)
    assert check.relative_difference <= tolerance
    assert check.failure(precision) is None


@pytest.mark.timeout(300)
@pytest.mark.parametrize("task", ["detection", "segmentation"])
def test_each_head_computes_what_torch_does(task: str, tmp_path: Path) -> None:
    network, path = small_network(spec=small_spec().for_task(task)), tmp_path / "model.pte"
    export_executorch(path, network, "fp32", noise_samples(4))
    check = checked(network, open_executorch(path).run)
    assert check.relative_difference <= 1e-5
    assert check.agreement == 1
