"""What the figures depend on: processor and libraries, without the name of the machine."""

import platform
import re
from pathlib import Path

import torch

from nasbench_mvit.io.system.machine import usable_cores

CPU_INFO = Path("/proc/cpuinfo")
TELLING_FLAGS = ("avx2", "fma", "avx512f", "avx512_bf16", "amx_tile", "asimd", "sve")


def describe() -> dict[str, str]:
    """Return each property of the machine and the libraries by its name."""
    info = CPU_INFO.read_text(encoding="utf-8") if CPU_INFO.exists() else ""
    build = torch.__config__.show()
    flags = _field(info, "flags|Features").split()
    return {
        "processor": _field(info, "model name") or platform.processor() or platform.machine(),
        "family and model": f"{_field(info, 'cpu family')}, {_field(info, 'model')}",
        "usable cores": str(usable_cores()),
        "instructions": " ".join(flag for flag in TELLING_FLAGS if flag in flags),
        "cache": _field(info, "cache size"),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "torch": torch.__version__,
        "torch computes with": torch.backends.cpu.get_cpu_capability(),
        "matrix products": _line(build, "Math Kernel Library") or _line(build, "BLAS_INFO"),
        "convolutions": _line(build, "MKL-DNN") or "no oneDNN",
    }


def _field(info: str, name: str) -> str:
    found = re.search(rf"^(?:{name})\s*:\s*(.*)$", info, re.MULTILINE)
    return found.group(1).strip() if found else ""


def _line(build: str, word: str) -> str:
    found = next((line for line in build.splitlines() if word in line), "")
    return found.strip(" -").partition(" (Git")[0]
