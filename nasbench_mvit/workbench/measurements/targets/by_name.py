"""Every target by its name."""

from nasbench_mvit.workbench.measurements.targets.aihub import AIHubTarget
from nasbench_mvit.workbench.measurements.targets.android import AndroidTarget
from nasbench_mvit.workbench.measurements.targets.browser import BrowserTarget
from nasbench_mvit.workbench.measurements.targets.contract import MeasurementTarget
from nasbench_mvit.workbench.measurements.targets.coreml import CoreMLTarget
from nasbench_mvit.workbench.measurements.targets.this_machine import (
    ExecuTorchTarget,
    LiteRTTarget,
    OnnxRuntimeTarget,
)

TARGETS: dict[str, type[MeasurementTarget]] = {
    "onnxruntime": OnnxRuntimeTarget,
    "executorch": ExecuTorchTarget,
    "litert": LiteRTTarget,
    "android": AndroidTarget,
    "coreml": CoreMLTarget,
    "browser": BrowserTarget,
    "aihub": AIHubTarget,
}
