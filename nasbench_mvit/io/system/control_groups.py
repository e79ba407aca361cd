"""The share of the processor that Linux control groups grant, as a container's limit does.

Version 2 states it as "QUOTA PERIOD" in ``cpu.max``, version 1 in two files, in microseconds.
"""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

PROC = Path("/proc/self")
V1_CONTROLLER = "cpu"


def cpu_quota(proc: Path = PROC) -> float | None:
    """Return the processor time granted per unit of time; None where there is no limit.

    A group is limited by the groups above it too, so the lowest of them counts.

    Args:
        proc: folder of this process in the proc file system.
    """
    return min((quota for group in _groups(proc) for quota in _quotas(group)), default=None)


def _groups(proc: Path) -> Iterator[Path]:
    """Yield the folders of this process's groups for processor time, and those above them."""
    paths = {
        version: path
        for line in _read(proc / "cgroup").splitlines()
        for _, controllers, path in [line.split(":", 2)]
        if (version := _version(controllers.split(",")))
    }
    for line in _read(proc / "mountinfo").splitlines():
        fields, _, kind = (part.split() for part in line.partition(" - "))
        options = kind[2].split(",") if kind[0] == "cgroup" else [""]
        version = _version(options) if kind[0] in {"cgroup", "cgroup2"} else None
        if version not in paths:
            continue
        root, mount = PurePosixPath(fields[3]), Path(fields[4])
        path = PurePosixPath(paths[version])
        # In a container the group may lie outside the mount, whose top is then the container's.
        inside = path.relative_to(root) if path.is_relative_to(root) else PurePosixPath()
        yield from (mount / inside, *(mount / above for above in inside.parents))


def _version(controllers: list[str]) -> int | None:
    """Return the version of a hierarchy if it limits processor time; version 2 names nothing."""
    if controllers == [""]:
        return 2
    return 1 if V1_CONTROLLER in controllers else None


def _quotas(group: Path) -> Iterator[float]:
    numbers = _read(group / "cpu.max").split() or [
        *_read(group / "cpu.cfs_quota_us").split(),
        *_read(group / "cpu.cfs_period_us").split(),
    ]
    if len(numbers) == 2 and all(number.isdigit() for number in numbers):  # else "max" or -1
        quota, period = map(int, numbers)
        if quota and period:
            yield quota / period


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
