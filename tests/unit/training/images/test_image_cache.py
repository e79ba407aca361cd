"""The cache of decoded images: it may be deleted, full or locked at any moment."""

import logging
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from nasbench_mvit.io.zip_files import check_archive
from nasbench_mvit.training.images.arrays import Split
from nasbench_mvit.training.images.cache import cached


def _splits() -> tuple[Split, Split]:
    pixels = np.arange(3 * 4 * 4, dtype=np.uint8).reshape(1, 3, 4, 4)
    split = Split(images=pixels, labels=np.zeros(1, np.int64))
    return split, split


def _assert_whole(splits: tuple[Split, ...]) -> None:
    for got, expected in zip(splits, _splits(), strict=True):
        np.testing.assert_array_equal(got.images, expected.images)
        np.testing.assert_array_equal(got.labels, expected.labels)


def _no_second_decoding() -> tuple[Split, Split]:
    pytest.fail("decoded again")


def test_decoded_once_then_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "images.npz"
    _assert_whole(cached(path, _splits))
    _assert_whole(cached(path, _no_second_decoding))


def test_without_a_path_nothing_is_kept() -> None:
    _assert_whole(cached(None, _splits))


def test_deleted_while_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = np.savez

    def deleting(file: object, **arrays: object) -> None:
        shutil.rmtree(tmp_path / "cache")
        real(file, **arrays)  # type: ignore[arg-type]

    monkeypatch.setattr(np, "savez", deleting)
    _assert_whole(cached(tmp_path / "cache" / "images.npz", _splits))


def test_deleted_between_looking_and_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cache" / "images.npz"
    cached(path, _splits)
    real = check_archive

    def deleting(file: Path) -> None:
        real(file)
        shutil.rmtree(file.parent)

    monkeypatch.setattr("nasbench_mvit.training.images.cache.check_archive", deleting)
    _assert_whole(cached(path, _splits))


def test_deleted_again_and_again_while_several_readers_run(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "images.npz"
    stop = threading.Event()

    def delete() -> None:
        while not stop.is_set():
            shutil.rmtree(path.parent, ignore_errors=True)

    failures: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(60):
                _assert_whole(cached(path, _splits))
        except BaseException as failure:  # noqa: BLE001 - a thread's failure is the test's
            failures.append(failure)

    deleter = threading.Thread(target=delete)
    readers = [threading.Thread(target=read) for _ in range(3)]
    for thread in (deleter, *readers):
        thread.start()
    for thread in readers:
        thread.join()
    stop.set()
    deleter.join()
    assert not failures


def test_no_room_for_it_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with caplog.at_level(logging.WARNING):
        _assert_whole(cached(tmp_path / "images.npz", _splits))
    assert "No space left on device" in caplog.text
    assert not list(tmp_path.iterdir())
