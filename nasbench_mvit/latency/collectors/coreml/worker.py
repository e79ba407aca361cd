"""Times Core ML packages by coremltools' benchmarker, on this Mac or on an iPhone beside it.

A process of its own: a request a line, an answer a line. With a phone, the first request builds,
signs, installs and starts coremltools' app there; it then stays for the others.
"""

import asyncio
import contextlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import coremltools
import numpy as np
from coremltools.models import MLModel
from coremltools.models.ml_program.experimental.perf_utils import MLModelBenchmarker
from coremltools.models.ml_program.experimental.remote_device import (
    AppSigningCredentials,
    Device,
    DeviceType,
)

SEED = 0


async def answer_all() -> None:
    """Answer requests until the standard input ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    phones: dict[str, Any] = {}  # prepared, by what identifies them
    with contextlib.redirect_stdout(sys.stderr):  # coremltools prints
        for line in sys.stdin:
            answers.write(json.dumps(await _answer(json.loads(line), phones)) + "\n")


async def _answer(request: dict[str, Any], phones: dict[str, Any]) -> dict[str, Any]:
    tasks = {"phones": _list_phones, "prepare": _prepare, "time": _time}
    try:
        return {"error": None, **await tasks[request["task"]](request, phones)}
    except Exception as error:  # noqa: BLE001 - whatever coremltools raises is told as it is
        return {"error": f"{type(error).__name__}: {error}"}


async def _list_phones(_request: dict[str, Any], _phones: dict[str, Any]) -> dict[str, Any]:
    """List the connected iPhones, with the state of developer mode."""
    found = Device.get_connected_devices(DeviceType.IPHONE)
    return {
        "phones": [
            {"udid": phone.udid, "os": phone.os_version, "state": phone.developer_mode_state}
            for phone in found
        ]
    }


async def _prepare(request: dict[str, Any], phones: dict[str, Any]) -> dict[str, Any]:
    """Put the app on a phone and start it."""
    (phone,) = (
        found
        for found in Device.get_connected_devices(DeviceType.IPHONE)
        if found.udid == request["udid"]
    )
    phones[request["udid"]] = await phone.prepare_for_model_debugging(
        credentials=AppSigningCredentials(development_team=request["team"]),
        working_directory=Path(tempfile.mkdtemp()),
    )
    return {}


async def _time(request: dict[str, Any], phones: dict[str, Any]) -> dict[str, Any]:
    """Return milliseconds of single runs, the first ones included."""
    model = MLModel(
        request["model"],
        compute_units=coremltools.ComputeUnit[request["compute_units"]],
        skip_model_load=True,
    )
    (image,) = model.get_spec().description.input
    pixels_BCHW = np.random.default_rng(SEED).random(
        tuple(image.type.multiArrayType.shape), dtype=np.float32
    )
    device = None if request["udid"] is None else phones[request["udid"]]
    benchmarker = MLModelBenchmarker(model=model, device=device)
    measured = await benchmarker.benchmark_predict(
        inputs={image.name: pixels_BCHW}, iterations=request["runs"], warmup=False
    )
    return {"times_ms": measured.samples}


if __name__ == "__main__":
    asyncio.run(answer_all())
