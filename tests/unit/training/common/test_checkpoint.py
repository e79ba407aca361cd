"""Checkpoints: exact, refused when damaged, and never run as code."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from nasbench_mvit.training.common import checkpoint
from nasbench_mvit.training.common.checkpoint import CheckpointError

IDENTITY: dict[str, str | int] = {"spec_id": "a" * 16, "seed": 3, "precision": "float32"}


def _weights(state: Mapping[str, Any]) -> torch.Tensor:
    weights: torch.Tensor = state["tensors"]["model"]
    return weights


def _saved(folder: Path) -> tuple[Path, torch.Tensor]:
    path, weights = folder / "checkpoint.pt", torch.randn(1000)
    checkpoint.save(path, IDENTITY, {"tensors": {"model": weights}})
    return path, weights


def test_saved_state_comes_back_exactly(tmp_path: Path) -> None:
    path, weights = _saved(tmp_path)
    found = checkpoint.load(path, _weights)
    assert found is not None
    identity, state = found
    assert identity == IDENTITY
    assert torch.equal(state, weights)


def test_no_file_is_no_checkpoint(tmp_path: Path) -> None:
    assert checkpoint.load(tmp_path / "none.pt", _weights) is None
    assert checkpoint.load(tmp_path, _weights) is None


def test_differences_of_identities_are_named_and_those_without_an_entry_have_none() -> None:
    assert checkpoint.differing_parts(IDENTITY, IDENTITY | {"initial weights": "none"}) == []
    assert checkpoint.differing_parts(IDENTITY, IDENTITY | {"seed": 4, "images": "b"}) == [
        "seed", "images",
    ]  # fmt: skip


def _truncate(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _flip_a_weight_bit(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize(
    "damage", [_truncate, _flip_a_weight_bit, lambda _: b"", lambda _: b"not a checkpoint"]
)
def test_damaged_checkpoint_is_refused(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path, _ = _saved(tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CheckpointError, match=r"checkpoint\.pt is damaged"):
        checkpoint.load(path, _weights)


def test_checkpoint_of_another_version_or_content_is_refused(tmp_path: Path) -> None:
    path, _ = _saved(tmp_path)
    content = torch.load(path, weights_only=True)
    torch.save(content | {"schema_version": 9}, path)
    with pytest.raises(CheckpointError, match=r"has schema version 9, .* reads 1"):
        checkpoint.load(path, _weights)
    torch.save(content | {"tensors": {}}, path)
    with pytest.raises(CheckpointError, match="damaged"):
        checkpoint.load(path, _weights)


def test_checkpoint_cannot_run_code(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    torch.save({"schema_version": _Harmful()}, path)
    with pytest.raises(CheckpointError, match="damaged"):
        checkpoint.load(path, _weights)
    assert not (tmp_path / "harm").exists()


class _Harmful:
    """Writes a file when unpickled without protection."""

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (Path("harm"),)
