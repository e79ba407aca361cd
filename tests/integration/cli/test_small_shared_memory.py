"""A container with little or no room in ``/dev/shm`` trains and evaluates as any machine does."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from bad_input import exit_code, images
from full_training import OPTIONS
from tiny_training import tiny_spec

from nasbench_mvit.cli.evaluate import command as evaluate
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.weights.checkpoint import Notes, save_model

PATIENCE_S = 240
SIZE_KB = 1024
# A mount that only this command and its children see; then most of it is filled.
SCRIPT = f"""
mount -t tmpfs -o size={SIZE_KB}k tmpfs /dev/shm || exit 77
head -c $(({SIZE_KB} - $0))K /dev/zero > /dev/shm/ballast || exit 77
exec "$@"
"""
CANNOT_MOUNT = 77

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/shm"),
]


def run(command: str, folder: Path, *, leave_kb: int) -> subprocess.CompletedProcess[str]:
    """Run a command of this project where ``/dev/shm`` has so much room."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("needs the program unshare, of util-linux")
    module, *options = command.split()
    words = [sys.executable, "-m", "nasbench_mvit", module, *options]
    done = subprocess.run(
        [unshare, "--mount", "bash", "-c", SCRIPT, str(leave_kb), *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    if done.returncode == CANNOT_MOUNT or done.stderr.startswith("unshare:"):
        pytest.skip(f"a small /dev/shm cannot be mounted here: {done.stderr.strip()}")
    return done


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with photos, the weights of a very small network and the network."""
    monkeypatch.chdir(tmp_path)
    images(12, 9)(tmp_path)
    torch.manual_seed(0)
    notes = Notes(classes=("class0", "class1"), resize=36, crop=32)
    save_model(tmp_path / "own.safetensors", build_model(tiny_spec(), 2), tiny_spec(), notes)
    (tmp_path / "spec.json").write_text(tiny_spec().to_json())
    return tmp_path


EVALUATION = (
    "--weights own.safetensors --data imagefolder:photos --resize 288 --crop 256 --batch-size 4 "
    "--device cpu --workers"
)


@pytest.mark.parametrize("leave_kb", [0, 256])  # from the start; after a batch of 768 KB or none
def test_evaluation_gives_the_scores_it_gives_without_workers(
    leave_kb: int, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(f"{EVALUATION} 0".split(), evaluate.main) == 0
    expected = capsys.readouterr().out
    done = run(f"evaluate {EVALUATION} 2", folder, leave_kb=leave_kb)
    assert done.stderr == ""
    assert done.returncode == 0
    assert done.stdout == expected


def test_training_is_done_to_the_end(folder: Path) -> None:
    options = OPTIONS.replace("--workers 0", "--workers 2")
    command = f"train --network spec.json --data imagefolder:photos --out out {options}"
    done = run(command, folder, leave_kb=0)
    assert done.stderr == ""
    assert done.returncode == 0
    assert "top-1" in done.stdout
