"""Exports networks as ONNX in a process of its own: one request a line, one answer a line.

It alone loads torch, once, and sleeps while networks are timed.
"""

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import torch

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import WorkbenchError
from nasbench_mvit.export.onnx import write_onnx
from nasbench_mvit.models.mobilevit import build_model

SEED = 0


def main() -> None:
    """Answer requests until the standard input ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    with contextlib.redirect_stdout(sys.stderr):  # libraries may print
        for line in sys.stdin:
            answers.write(json.dumps(_answer(json.loads(line))) + "\n")


def _answer(request: dict[str, Any]) -> dict[str, str | None]:
    try:
        _export(MobileViTSpec.from_dict(request["spec"]), Path(request["path"]))
    except WorkbenchError as error:
        return {"error": str(error)}
    except OSError as error:
        return {"error": error.strerror or str(error), "errno": str(error.errno)}
    except Exception as error:  # noqa: BLE001 - one network must not end the measurement
        return {"error": f"{type(error).__name__}: {error}"}
    return {"error": None}


def _export(spec: MobileViTSpec, path: Path) -> None:
    """Write the network with weights drawn anew from the same seed; their values take no time."""
    torch.manual_seed(SEED)
    write_onnx(path, build_model(spec).eval(), spec)


if __name__ == "__main__":
    main()
