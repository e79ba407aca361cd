"""Atomic writing: the old file or the new one, and nothing left behind."""

from pathlib import Path

import pytest

from nasbench_mvit.io.atomic import atomic_write


def test_file_and_its_folders_appear_whole(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "state.bin"
    with atomic_write(path) as file:
        file.write(b"new")
        assert not path.exists()
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_failure_keeps_the_old_content_and_removes_the_part(tmp_path: Path) -> None:
    path = tmp_path / "state.bin"
    path.write_bytes(b"old")

    def fail_midway() -> None:
        with atomic_write(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_midway()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
