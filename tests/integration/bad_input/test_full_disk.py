"""A disk without room, or that may not be written: nothing stored is lost, room is all it takes."""

import json
import logging
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from bad_input import Case, Refuses, exit_code, images
from exporting import small_spec
from fakes import ArithmeticEvaluator, InlineExecutor
from tiny_training import PROXY, tiny_data, tiny_spec

from nasbench_mvit.cli.export import command as export
from nasbench_mvit.training.proxy.loop import train_proxy
from nasbench_mvit.training.proxy.result import FractionReport, TrainingResult
from nasbench_mvit.workbench.shared import engines

DISK_KB = 8 * 1024
SMOKE = "--study smoke --run-dir disk/smoke"
NUM_TRAININGS = 4 + 1 + 1 + 2  # trials and baselines of smoke


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, ``disk`` in the working directory."""
    place = tmp_path / "disk"
    place.mkdir()
    if problem := command("mount", "-t", "tmpfs", "-o", f"size={DISK_KB}k", "tmpfs", place):
        pytest.skip(f"a small disk cannot be mounted here: {problem}")
    yield place
    command("umount", "--lazy", place)  # this process keeps its connections to the store


def command(*args: str | Path) -> str | None:
    """Run a command; return what went wrong, None if nothing did."""
    try:
        done = subprocess.run(args, capture_output=True, text=True, check=False)
    except OSError as error:
        return str(error)
    return done.stderr.strip() or "failed" if done.returncode else None


def fill(disk: Path, *, leave_kb: int) -> Path:
    """Write a file that leaves so much room."""
    state = os.statvfs(disk)
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(state.f_bavail * state.f_frsize - leave_kb * 1024))
    return ballast


@pytest.fixture
def trainings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with a line for every training, which are done by arithmetic."""
    log = tmp_path / "trainings.log"

    def make(_evaluator: object, workers: int) -> InlineExecutor:
        return InlineExecutor(ArithmeticEvaluator(log=log), slots=workers)

    monkeypatch.setattr(engines, "LocalEngine", make)
    return log


# The store is being made below 128 KB, filled to some 170, and the report takes 1.2 MB.
@pytest.mark.parametrize("leave_kb", [0, 4, 32, 96, 124, 136, 144, 160, 512, 1024])
def test_a_full_disk_ends_the_search_and_room_lets_it_go_on(
    leave_kb: int, disk: Path, trainings: Path, refuses: Refuses
) -> None:
    ballast = fill(disk, leave_kb=leave_kb)
    message = refuses(Case(SMOKE, ("disk/smoke", "ake room on its disk", "the same command")))
    # SQLite says the last where there is no room for the index of its log.
    assert any(s in message for s in ("disk is full", "No space left", "disk I/O error"))
    ballast.unlink()
    assert exit_code(SMOKE.split()) == 0
    front = json.loads((disk / "smoke/front.json").read_text())
    assert [len(entry["seeds"]) for entry in front["baselines"]] == [1, 1, 2]
    done = trainings.read_text().splitlines()
    lost = 1  # at most the one that was just to be stored
    assert NUM_TRAININGS <= len(done) <= NUM_TRAININGS + lost


def train(path: Path | None, disk: Path | None = None) -> TrainingResult:
    """Train; where a disk is given, fill it after the second part."""

    def report(done: FractionReport) -> None:
        if disk is not None and done.step == PROXY.step_after(2):
            fill(disk, leave_kb=4)

    data = tiny_data(PROXY.cell_size)
    return train_proxy(
        tiny_spec(), PROXY, data, 0, report=report, checkpoint_path=path, device="cpu"
    )


def test_a_disk_full_of_checkpoints_costs_no_training(
    disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = disk / "state.pt"
    with caplog.at_level(logging.WARNING):
        result = train(path, disk)
    expected = train(None)
    assert [(r.top1, r.train_loss) for r in result.curve] == [
        (r.top1, r.train_loss) for r in expected.curve
    ]
    assert len(caplog.messages) == PROXY.fractions - 2
    assert all("No space left" in text and "goes on without" in text for text in caplog.messages)
    assert {file.name for file in disk.iterdir()} == {"ballast", "state.pt"}
    assert train(path).curve[:2] == result.curve[:2]  # the last one written is whole


def test_a_run_directory_that_may_only_be_read(disk: Path, refuses: Refuses) -> None:
    assert command("mount", "-o", "remount,ro", disk) is None
    refuses(Case(SMOKE, ("disk/smoke", "Read-only file system", "--run-dir")))


@pytest.mark.usefixtures("trainings")
def test_a_store_that_may_only_be_read(disk: Path, refuses: Refuses) -> None:
    assert exit_code(["--study", "smoke"]) == 0
    shutil.copy("runs/smoke/study.db", disk)
    assert command("mount", "-o", "remount,ro", disk) is None
    refuses(Case("--study smoke --storage sqlite:///disk/study.db", ("Read-only", "--storage")))


@pytest.mark.parametrize("form", ["onnx", "torch", "coreml"])
def test_an_export_to_a_full_disk_leaves_no_part_of_a_file(
    form: str, disk: Path, tmp_path: Path, refuses: Refuses
) -> None:
    images(8, 8)(tmp_path)
    (tmp_path / "spec.json").write_text(small_spec().to_json())
    fill(disk, leave_kb=20)
    line = "--spec spec.json --weights random --data imagefolder:photos --out disk/out"
    refuses(
        Case(f"{line} --format {form}", ("disk/out", "make room on its disk"), main=export.main)
    )
    assert not list((disk / "out").iterdir())
