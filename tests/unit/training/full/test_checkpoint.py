"""Checkpoints: exact, and ignored when damaged or of another training."""

import dataclasses
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from nasbench_mvit.training.proxy import checkpoint
from nasbench_mvit.training.proxy.checkpoint import Checkpoint, Identity
from nasbench_mvit.training.proxy.report import FractionReport

IDENTITY = Identity(
    spec_id="a" * 16, proxy_id="b" * 16, data_fingerprint="c" * 16, seed=3, precision="float32"
)
CPU = torch.device("cpu")


def _checkpoint() -> Checkpoint:
    report = FractionReport(
        fraction=0.125,
        step=1,
        top1=0.1,
        num_images=10,
        train_loss=2.3,
        seconds=0.1,
        cpu_seconds=0.2,
    )
    tensors = {"model": {"weight": torch.randn(1000)}, "optimizer": {"state": {}}, "scaler": {}}
    return Checkpoint(tensors=tensors, curve=(report,))


def _saved(folder: Path) -> Path:
    path = folder / "checkpoint.pt"
    checkpoint.save(path, IDENTITY, _checkpoint())
    return path


def test_saved_state_comes_back_exactly(tmp_path: Path) -> None:
    path, saved = tmp_path / "checkpoint.pt", _checkpoint()
    checkpoint.save(path, IDENTITY, saved)
    found = checkpoint.load(path, IDENTITY, CPU)
    assert found is not None
    assert found.curve == saved.curve
    assert torch.equal(found.tensors["model"]["weight"], saved.tensors["model"]["weight"])


def test_no_file_is_no_checkpoint_and_no_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert checkpoint.load(tmp_path / "none.pt", IDENTITY, CPU) is None
    assert not caplog.records


@pytest.mark.parametrize(
    "change",
    [
        {"spec_id": "x"},
        {"proxy_id": "x"},
        {"data_fingerprint": "x"},
        {"seed": 4},
        {"precision": "bfloat16"},
    ],
)
def test_checkpoint_of_another_training_is_ignored_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, change: dict[str, object]
) -> None:
    path = _saved(tmp_path)
    other = dataclasses.replace(IDENTITY, **change)  # type: ignore[arg-type]
    with caplog.at_level(logging.WARNING):
        assert checkpoint.load(path, other, CPU) is None
    assert "another training" in caplog.text


def _truncate(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _flip_a_weight_bit(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize(
    "damage", [_truncate, _flip_a_weight_bit, lambda _: b"", lambda _: b"not a checkpoint"]
)
def test_damaged_checkpoint_is_ignored_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: Callable[[bytes], bytes]
) -> None:
    path = _saved(tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    with caplog.at_level(logging.WARNING):
        assert checkpoint.load(path, IDENTITY, CPU) is None
    assert "damaged" in caplog.text


def test_checkpoint_cannot_run_code(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "checkpoint.pt"
    torch.save({"schema_version": _Harmful()}, path)
    assert checkpoint.load(path, IDENTITY, CPU) is None
    assert not (tmp_path / "harm").exists()
    assert "damaged" in caplog.text


class _Harmful:
    """Writes a file when unpickled without protection."""

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (Path("harm"),)
