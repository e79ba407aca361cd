"""Exports networks for ``model_files``: one request a line, one answer a line.

It alone loads torch, once, and sleeps while networks are timed.
"""

import contextlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import WorkbenchError
from nasbench_mvit.io.atomic import atomic_write
from nasbench_mvit.models.mobilevit import build_model

SEED = 0

Export = Callable[[Path, nn.Module, MobileViTSpec], None]


def main(name: str) -> None:
    """Export in the format of that name until the standard input ends."""
    export = _export(name)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    with contextlib.redirect_stdout(sys.stderr):  # libraries may print
        for line in sys.stdin:
            answers.write(json.dumps(_answer(export, json.loads(line))) + "\n")


def _export(name: str) -> Export:
    """Return the function that writes a format; libraries are loaded only for their own."""
    match name:
        case "onnx":
            from nasbench_mvit.export.formats.onnx import write_onnx  # noqa: PLC0415

            return write_onnx
        case "coreml":
            from nasbench_mvit.export.formats.coreml import write_coreml  # noqa: PLC0415

            return write_coreml
        case "litert":
            from nasbench_mvit.export.formats.litert import write_litert  # noqa: PLC0415

            return write_litert
        case _:
            return _write_executorch


def _write_executorch(path: Path, model: nn.Module, spec: MobileViTSpec) -> None:
    from nasbench_mvit.export.formats.executorch_child import lower  # noqa: PLC0415

    program = lower(model, spec).program
    with atomic_write(path) as file:
        file.write(program)


def _answer(export: Export, request: dict[str, Any]) -> dict[str, str | None]:
    try:
        spec = MobileViTSpec.from_dict(request["spec"])
        export(Path(request["path"]), _network(spec), spec)
    except WorkbenchError as error:
        return {"error": str(error)}
    except OSError as error:
        return {"error": error.strerror or str(error), "errno": str(error.errno or 0)}
    except Exception as error:  # noqa: BLE001 - one network must not end the measurement
        return {"error": f"{type(error).__name__}: {error}"}
    return {"error": None}


def _network(spec: MobileViTSpec) -> nn.Module:
    """Return the network with weights drawn anew from the same seed.

    In float32 their values take no time: with batch statistics that keep the signal up, S, XS and
    XXS ran within 1.2 % of this on ONNX Runtime, less than two visits of one file differ by.
    """
    torch.manual_seed(SEED)
    return build_model(spec).eval()


if __name__ == "__main__":
    main(sys.argv[1])
