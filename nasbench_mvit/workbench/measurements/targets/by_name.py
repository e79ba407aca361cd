"""Every target by its name."""

from nasbench_mvit.errors import MeasurementError, unknown
from nasbench_mvit.workbench.measurements.targets.android import AndroidTarget
from nasbench_mvit.workbench.measurements.targets.browser import BrowserTarget
from nasbench_mvit.workbench.measurements.targets.contract import MeasurementTarget
from nasbench_mvit.workbench.measurements.targets.coreml import CoreMLTarget
from nasbench_mvit.workbench.measurements.targets.this_machine import (
    ExecuTorchTarget,
    OnnxRuntimeTarget,
)

TARGETS: dict[str, type[MeasurementTarget]] = {
    "onnxruntime": OnnxRuntimeTarget,
    "executorch": ExecuTorchTarget,
    "android": AndroidTarget,
    "coreml": CoreMLTarget,
    "browser": BrowserTarget,
}


def find_target(name: str) -> type[MeasurementTarget]:
    """Return the target of that name.

    Raises:
        MeasurementError: there is none.
    """
    if name not in TARGETS:
        raise MeasurementError(
            f"{unknown('target', name, TARGETS)} --target list says what each measures and needs."
        )
    return TARGETS[name]
