"""The cores a process may use: the affinity mask and the limits of control groups."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nasbench_mvit.io.system import machine
from nasbench_mvit.io.system.control_groups import cpu_quota

V1_MOUNT = "32 31 0:29 {root} {mount} rw,relatime shared:7 - cgroup cgroup rw,cpu,cpuacct\n"
V2_MOUNT = "41 31 0:38 {root} {mount} rw,relatime - cgroup2 cgroup2 rw\n"
PROC_MOUNT = "22 27 0:21 / /proc rw,relatime - proc proc rw\n"


def process(
    folder: Path, *, groups: str, mount: str, root: str = "/", files: dict[str, str]
) -> Path:
    """Write what Linux shows of a process in ``groups`` and of the files of its control groups."""
    proc, top = folder / "proc", folder / "cgroup"
    proc.mkdir()
    (proc / "cgroup").write_text(groups)
    (proc / "mountinfo").write_text(PROC_MOUNT + mount.format(root=root, mount=top))
    for name, content in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(content)
    return proc


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"box/cpu.max": "150000 100000\n"}, 1.5),
        ({"box/cpu.max": "max 100000\n"}, None),
        ({"box/cpu.max": "max 100000\n", "cpu.max": "50000 100000\n"}, 0.5),
        ({"box/cpu.max": "200000 100000\n", "cpu.max": "300000 100000\n"}, 2.0),
        ({"box/cpu.max": "0 0\n"}, None),
        ({"box/cpu.max": "\n"}, None),
        ({}, None),
    ],
)
def test_version_2(tmp_path: Path, files: dict[str, str], expected: float | None) -> None:
    groups = "1:name=systemd:/other\n0::/box\n"
    assert cpu_quota(process(tmp_path, groups=groups, mount=V2_MOUNT, files=files)) == expected


@pytest.mark.parametrize(("quota", "expected"), [("-1", None), ("300000", 3.0), ("25000", 0.25)])
def test_version_1(tmp_path: Path, quota: str, expected: float | None) -> None:
    files = {"box/cpu.cfs_quota_us": f"{quota}\n", "box/cpu.cfs_period_us": "100000\n"}
    groups = "5:devices:/\n2:cpu,cpuacct:/box\n0::/\n"
    assert cpu_quota(process(tmp_path, groups=groups, mount=V1_MOUNT, files=files)) == expected


@pytest.mark.parametrize("root", ["/docker/7f3a", "/docker/another"])
def test_a_container_that_sees_its_own_group_as_the_top(tmp_path: Path, root: str) -> None:
    files = {"cpu.max": "200000 100000\n"}
    proc = process(tmp_path, groups="0::/docker/7f3a\n", mount=V2_MOUNT, root=root, files=files)
    assert cpu_quota(proc) == 2.0


def test_no_proc_file_system(tmp_path: Path) -> None:
    assert cpu_quota(tmp_path / "absent") is None


@pytest.mark.parametrize(("quota", "cores"), [(None, 6), (0.25, 1), (1.5, 2), (4.0, 4), (16.0, 6)])
def test_cores_are_those_of_mask_and_quota(
    monkeypatch: pytest.MonkeyPatch, quota: float | None, cores: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)))
    monkeypatch.setattr(machine, "cpu_quota", lambda: quota)
    assert machine.usable_cores() == cores


@pytest.mark.parametrize("name", machine.SLEEPING_THREADS)
def test_idle_threads_sleep_unless_the_user_says_otherwise(name: str) -> None:
    code = f"import os, nasbench_mvit; print(os.environ[{name!r}])"
    environment = {key: value for key, value in os.environ.items() if key != name}
    for given, expected in (({}, machine.SLEEPING_THREADS[name]), ({name: "9"}, "9")):
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment | given,
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.strip() == expected
