"""Exports networks as ExecuTorch programs, see ``export_requests``."""

from pathlib import Path

from torch import nn

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.export.executorch_child import lower
from nasbench_mvit.io.atomic import atomic_write
from nasbench_mvit.latency.collectors.export_requests import serve


def export(path: Path, model: nn.Module, spec: MobileViTSpec) -> None:
    """Write a network in float32, lowered to XNNPACK."""
    program = lower(model, spec).program
    with atomic_write(path) as file:
        file.write(program)


if __name__ == "__main__":
    serve(export)
