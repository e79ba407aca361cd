"""Processes that decode: their batches come in order, and a failure of one ends in a message."""

import errno
import multiprocessing
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import pytest
import torch
from full_training import NUM_TRAIN, RECIPE, SIZE, tiny_pictures
from PIL import Image
from tiny_training import noise_split

from nasbench_mvit.errors import DataError
from nasbench_mvit.training.common.world import World
from nasbench_mvit.training.full.plan import FullPlan
from nasbench_mvit.training.images.arrays import UInt8Array
from nasbench_mvit.training.images.decoders import Source, _Place, _Worker, decoded
from nasbench_mvit.training.images.loader import Labelled, evaluation_batches, training_batches
from nasbench_mvit.training.images.pictures import ArrayPictures
from nasbench_mvit.training.images.transforms import CentreCrop

BATCHES = [[0, 1, 2], [3], [4, 5], [6, 7, 8, 9], [10]]
STRUCK = 5  # the item at which something happens
PIPE_OVERFLOWS = 4 * 2**20
PATIENCE_S = 60.0


def squared(key: int) -> int:
    return key**2


@dataclass(frozen=True)
class Strikes:
    """Squares, and at one of them something happens to the process."""

    blow: Callable[[], object]

    def __call__(self, key: int) -> int:
        if key == STRUCK and multiprocessing.parent_process() is not None:
            self.blow()
        return squared(key)


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def stopped() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def confused() -> None:
    raise ValueError("what is\nthis?")


def squares(
    make: Callable[[int], int | DataError], workers: int, patience_s: float = PATIENCE_S
) -> list[Sequence[int]]:
    source: Source[int, int, Sequence[int]] = Source(make, tuple, BATCHES)
    return list(decoded(source, workers=workers, patience_s=patience_s))


def nothing_is_left(threads_before: int) -> bool:
    return not multiprocessing.active_children() and threading.active_count() == threads_before


@pytest.mark.parametrize("workers", [-1, -8])
def test_a_number_of_workers_below_0_is_refused(workers: int) -> None:
    with pytest.raises(DataError, match=f"`workers=` must be .* of 0 or more, got {workers}"):
        squares(squared, workers)


@pytest.mark.parametrize("workers", [0, 1, 2, 3, 8])
def test_batches_come_in_order_from_any_number_of_workers(workers: int) -> None:
    threads = threading.active_count()
    assert squares(squared, workers) == [tuple(map(squared, keys)) for keys in BATCHES]
    assert nothing_is_left(threads)


@pytest.mark.parametrize("workers", [0, 2])
def test_an_error_in_place_of_an_item_is_raised(workers: int) -> None:
    def make(key: int) -> int | DataError:
        return DataError(f"item {key} is broken") if key == STRUCK else squared(key)

    threads = threading.active_count()
    with pytest.raises(DataError, match=rf"^item {STRUCK} is broken$"):
        squares(make, workers)
    assert nothing_is_left(threads)


@pytest.mark.parametrize(
    ("blow", "workers", "message"),
    [
        (
            killed,
            2,
            r"died \(SIGKILL, often .*\)\. Give fewer of them \(`workers=` 1\), .*`workers=` 0",
        ),
        (killed, 1, r"died \(SIGKILL, often .*\)\. Give more memory, or `workers=` 0"),
        (lambda: os._exit(3), 2, r"died \(exit code 3\)"),
        (stopped, 2, r"has not finished one in 2 s\. See whether the disk .*`workers=` 0"),
        (confused, 2, r"failed \(ValueError: what is\nthis\?\)\. With `workers=` 0"),
    ],
)
def test_what_befalls_a_worker_ends_in_one_message(
    blow: Callable[[], object], workers: int, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    threads = threading.active_count()
    patience_s = 2.0 if blow is stopped else PATIENCE_S
    with pytest.raises(DataError, match=message):
        squares(Strikes(blow), workers, patience_s)
    assert nothing_is_left(threads)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGSTOP])
def test_a_worker_struck_in_the_middle_of_sending_is_noticed(by: signal.Signals) -> None:
    source: Source[int, bytes, Sequence[bytes]] = Source(
        lambda _: bytes(PIPE_OVERFLOWS), tuple, [[0]] * 9
    )
    batches = decoded(source, workers=1, patience_s=2.0)
    next(batches)
    (worker,) = multiprocessing.active_children()
    time.sleep(0.5)  # it fills the pipe as far as it will go; nobody reads
    os.kill(worker.pid or 0, by)
    with pytest.raises(DataError, match=r"died|has not finished"):
        list(batches)
    assert not multiprocessing.active_children()


def test_a_failure_to_make_a_batch_is_raised_where_it_is_awaited() -> None:
    def collate(_items: Sequence[int]) -> Sequence[int]:
        raise MemoryError("no room")

    source: Source[int, int, Sequence[int]] = Source(squared, collate, BATCHES)
    with pytest.raises(MemoryError, match="no room"):
        list(decoded(source, workers=2))


def test_time_without_an_item_is_what_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    worker: _Worker[int, Sequence[int]] = _Worker(Source(squared, tuple, BATCHES), _Place(0, 1), [])

    class Slow(queue.Queue[Sequence[int]]):
        """Empty for long, while items arrive at every other look."""

        looks = 0

        def get(self, block: bool = True, timeout: float | None = None) -> Sequence[int]:
            assert block
            assert timeout == 1.0
            self.looks += 1
            if self.looks == 100:
                return (1, 2)
            worker._received += self.looks % 2
            raise queue.Empty

    monkeypatch.setattr(worker, "_ready", Slow())
    assert worker.take(patience_s=3.0) == (1, 2)
    worker.close()


@pytest.mark.parametrize("possible", [0, 1, 3])
def test_processes_that_cannot_be_started_are_said(
    possible: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = multiprocessing.Process.start
    started: list[BaseProcess] = []

    def refused(process: BaseProcess) -> None:
        if len(started) == possible:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        started.append(process)
        start(process)

    monkeypatch.setattr(multiprocessing.Process, "start", refused)
    threads = threading.active_count()
    message = (
        f"of 4 processes to decode images only {possible} can be started "
        f"({os.strerror(errno.EAGAIN)}). Give fewer by `workers=`, or `workers=` 0"
    )
    with pytest.raises(DataError, match=re.escape(message)):
        squares(squared, 4)
    assert nothing_is_left(threads)


def overflowing(_: int) -> bytes:
    return bytes(PIPE_OVERFLOWS)


def test_leaving_early_ends_the_workers() -> None:
    threads = threading.active_count()
    source: Source[int, bytes, Sequence[bytes]] = Source(overflowing, tuple, [[0]] * 1000)
    batches = decoded(source, workers=2)
    next(batches)
    assert len(multiprocessing.active_children()) == 2  # they wait: nobody reads their pipes
    batches.close()
    assert nothing_is_left(threads)


ABANDONED = f"""
import multiprocessing, os, signal
from nasbench_mvit.training.images.decoders import Source, decoded
batches = decoded(Source(lambda _: bytes({PIPE_OVERFLOWS}), tuple, [[0]] * 1000), workers=3)
next(batches)
print(*(process.pid for process in multiprocessing.active_children()), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_workers_end_when_the_process_they_decode_for_is_killed() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ABANDONED],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    workers = [int(pid) for pid in done.stdout.split()]
    assert len(workers) == 3
    # Their standard error is a pipe that ``run`` has read to its end, so all have closed it.
    assert done.stderr == ""


class Deadly(ArrayPictures):
    """Images of which one kills the process that decodes it."""

    def picture(self, index: int) -> Image.Image:
        if index == STRUCK and multiprocessing.parent_process() is not None:
            killed()
        return super().picture(index)


def test_a_killed_worker_ends_a_training_and_an_evaluation_with_a_message() -> None:
    deadly = Deadly(noise_split(NUM_TRAIN, SIZE, 0))
    plan = FullPlan(RECIPE, NUM_TRAIN, 0)
    evaluation = CentreCrop(resize=SIZE, crop=SIZE)
    for batches in (
        training_batches(deadly, plan, 0, World(), workers=2),
        evaluation_batches(deadly, evaluation, World(), batch_size=4, workers=2),
    ):
        with pytest.raises(DataError, match=r"died \(SIGKILL.*`workers=` 0"):
            list(batches)


def mapped() -> set[str]:
    """Return the files of ``/dev/shm`` that this process has mapped."""
    maps = Path("/proc/self/maps").read_text().splitlines()
    return {line for line in maps if "/dev/shm" in line}  # noqa: S108 - looked for, not used


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_batches_of_workers_take_no_shared_memory() -> None:
    before = mapped()
    plan = FullPlan(RECIPE, NUM_TRAIN, 0)
    batches: list[Labelled] = []
    for batch in training_batches(tiny_pictures().train, plan, 0, World(), workers=2):
        batches.append(batch)
        assert mapped() <= before
    assert len(batches) == plan.updates * RECIPE.shards


def test_a_batch_is_what_its_images_are() -> None:
    split = noise_split(6, SIZE, 0)
    evaluation = CentreCrop(resize=SIZE, crop=SIZE)
    pictures = ArrayPictures(split)
    (batch,) = evaluation_batches(pictures, evaluation, World(), batch_size=6, workers=1)
    images: list[UInt8Array] = [evaluation(pictures.picture(index)) for index in range(6)]
    assert torch.equal(batch.images, torch.from_numpy(np.stack(images)))
    assert batch.images.dtype == torch.uint8
    assert batch.labels.tolist() == split.labels.tolist()
    assert batch.labels.dtype == torch.int64
