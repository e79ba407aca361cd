"""From the command line of ``measure`` to its targets."""

import pytest

from nasbench_mvit.cli.measure.command import main
from nasbench_mvit.cli.measure.options import targets_of
from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.workbench.measurements.targets.aihub import AIHubTarget
from nasbench_mvit.workbench.measurements.targets.contract import MeasurementTarget

TWO = ("--device", "Galaxy S24", "--device", "Galaxy S25 (Family)")


def targets(*given: str) -> list[MeasurementTarget]:
    options = main.parse([*given, "--sample", "1"])
    return targets_of(options.target, options.of_target)


def test_hosted_devices_are_measured_one_after_the_other_each_once() -> None:
    found = targets("--target", "aihub", *TWO, *TWO, "--runtime", "onnx", "--compute-units", "cpu")
    assert found == [
        AIHubTarget(device=name, runtime="onnx", compute_units="cpu")
        for name in ("Galaxy S24", "Galaxy S25 (Family)")
    ]
    assert [target.folder for target in found if isinstance(target, AIHubTarget)] == [
        "galaxy-s24",
        "galaxy-s25-family",
    ]


@pytest.mark.parametrize("target", ["onnxruntime", "browser", "coreml"])
def test_another_target_has_one_device(target: str) -> None:
    with pytest.raises(MeasurementError, match=f"only be given once with --target {target}"):
        targets("--target", target, *TWO)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((), "--target aihub needs --device"),
        (("--device", "a", "--runtime", "coreml"), "runtime of AI Hub 'coreml'.*qnn_dlc"),
        (
            ("--device", "a", "--compute-units", "ALL"),
            "compute unit of AI Hub 'ALL'.*npu, gpu, cpu",
        ),
        (("--device", "a", "--seconds", "2"), "`seconds=` is not for AI Hub"),
        (("--device", "a", "--threads", "2"), "--threads can only be given with --target"),
    ],
)
def test_what_a_hosted_device_does_not_take(given: tuple[str, ...], message: str) -> None:
    with pytest.raises(MeasurementError, match=message):
        targets("--target", "aihub", *given)
