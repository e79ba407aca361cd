"""Measures what a GPU adds, in ten minutes: trainings an hour, inference, and a longer truth set.

    python tools/on_gpu.py --minutes 10 --out runs/on_gpu

1. ``sharing``: trainings an hour by a proxy, with 1, 2, 4 and 8 networks on the device at once.
2. ``inference``: the networks of the paper's Tables 11 and 6, batch 32.
3. ``truth``: the published networks at 128 px by ten times the updates of the proxy, as many at
   once as was fastest, until the time is over, and how they rank against their ImageNet top-1.

Each part is written to ``OUT/DEVICE.json`` when it ends, and the same command again does those that
are missing or were cut. ``--dry-run`` runs tiny trainings through all parts, also without a GPU.
"""

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from gpu.inference import inference
from gpu.plan import DRY, FULL, Plan
from gpu.sharing import sharing
from gpu.truth import truth

from nasbench_mvit.io.text_files import write_text
from nasbench_mvit.training.common.device import place

MIN_LEFT_MINUTES = 0.1
SHARING, INFERENCE, TRUTH = "sharing", "inference", "truth"


def measure(plan: Plan, *, minutes: float, out: Path, data: str = "embedded") -> Path:
    """Measure the parts that are missing in ``out``, and return the file they are in."""
    end = time.monotonic() + 60 * minutes
    device = described()
    path = out / f"{device['name'].lower().replace(' ', '_')}.json"
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    found |= {"schema_version": 1, "device": device, "data": data}

    def part(name: str, run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        known: dict[str, Any] = found.get(name, {})
        if known.get("completion", "done" if known else "") != "done":
            print(f"{name} …", flush=True)
            known = found[name] = run()
            out.mkdir(parents=True, exist_ok=True)
            write_text(path, json.dumps(found, indent=2) + "\n")
        return known

    rounds = part(SHARING, lambda: sharing(plan, data))["rounds"]
    part(INFERENCE, lambda: inference(plan))
    fastest = max(rounds, key=lambda row: row["trainings_per_hour"])["at_once"]
    left = max((end - time.monotonic()) / 60, MIN_LEFT_MINUTES)
    part(TRUTH, lambda: truth(plan, data, out / TRUTH, at_once=fastest, minutes=left))
    return path


def described() -> dict[str, Any]:
    """Return the name of the device, its number format, and the versions that matter."""
    placement = place()
    is_gpu = placement.device.type == "cuda"
    return {
        "name": torch.cuda.get_device_name(placement.device)
        if is_gpu
        else f"CPU {platform.machine()}",
        "type": placement.device.type,
        "precision": placement.precision,
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
    }


def main() -> int:
    """Measure, and print the path of the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0, help="when to stop (default: 10)")
    parser.add_argument("--out", type=Path, default=Path("runs/on_gpu"))
    parser.add_argument("--data", default="embedded", help="images, as search takes them")
    parser.add_argument("--dry-run", action="store_true", help="tiny trainings, also without a GPU")
    options = parser.parse_args()
    if not options.dry_run and place().device.type != "cuda":
        parser.error("PyTorch sees no NVIDIA GPU here; --dry-run runs without one")
    plan, out = (DRY, options.out / "dry_run") if options.dry_run else (FULL, options.out)
    print(measure(plan, minutes=options.minutes, out=out, data=options.data))
    return 0


if __name__ == "__main__":
    sys.exit(main())
