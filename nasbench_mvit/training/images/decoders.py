"""Batches of items that worker processes make, in order; a worker that fails ends them by an error.

Each worker makes every n-th batch and sends it through a pipe of its own. Nothing lies in
``/dev/shm``, which is small in containers (64 MB in Docker) and may be filled by other programs at
any time; torch's ``DataLoader`` waits for ever for a batch that did not fit there. A thread for
each worker empties its pipe, so that the worker can decode ahead, and so that a slow worker can be
told from one that has died or hangs.
"""

import contextlib
import itertools
import multiprocessing
import queue
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Generic, TypeVar

from nasbench_mvit.errors import DataError
from nasbench_mvit.io.system.machine import exit_cause

PATIENCE_S = 300.0  # for one image: network file systems stall for minutes and come back
CHECK_S = 1.0
EXIT_S = 5.0
PIPE_BYTES = 2**20  # what Linux grants to anyone; by default a pipe holds a third of an image
AGAIN = "run the same command again; a training goes on from its checkpoint."

Key = TypeVar("Key")
Item = TypeVar("Item")
Batch = TypeVar("Batch")


@dataclass(frozen=True)
class Source(Generic[Key, Item, Batch]):
    """The steps that make batches: keys, items and their collation.

    Attributes:
        make: returns the item of a key, or an error to raise in its place. Workers call it, so it
            must not use torch.
        collate: makes a batch of items, in the process that iterates.
        batches: the keys of each batch. Every worker iterates over all of them.
    """

    make: Callable[[Key], Item | DataError]
    collate: Callable[[Sequence[Item]], Batch]
    batches: Iterable[Sequence[Key]]


def decoded(
    source: Source[Key, Item, Batch], *, workers: int, patience_s: float = PATIENCE_S
) -> Generator[Batch, None, None]:
    """Yield the batches of a source, in order.

    Args:
        source: source of the batches.
        workers: processes that make items; with 0, this process makes them.
        patience_s: longest time that a worker may take for an item.

    Raises:
        DataError: ``workers`` is negative, an item is an error, or a worker cannot be started,
            dies, hangs or fails.
    """
    if workers < 0:
        raise DataError(
            f"`workers=` must be a whole number of 0 or more, got {workers}. 0 decodes without "
            "other processes."
        )
    if workers == 0:
        for keys in source.batches:
            yield source.collate([_checked(source.make(key)) for key in keys])
        return
    with contextlib.ExitStack() as stack:
        for worker in itertools.cycle(_started(source, workers, stack)):
            batch = worker.take(patience_s)
            if batch is None:
                return
            yield batch


def _checked(item: Item | DataError) -> Item:
    if isinstance(item, DataError):
        raise item
    return item


def _started(
    source: Source[Key, Item, Batch], count: int, stack: contextlib.ExitStack
) -> "list[_Worker[Item, Batch]]":
    """Return ``count`` workers, which the stack closes.

    Raises:
        DataError: the system has no room for so many.
    """
    team: list[_Worker[Item, Batch]] = []
    readers: list[Connection] = []
    for index in range(count):
        try:
            worker = _Worker(source, _Place(index, count), readers)
        except OSError as problem:
            raise DataError(
                f"of {count} processes to decode images only {index} can be started "
                f"({problem.strerror or problem}). Give fewer by `workers=`, or `workers=` 0 to "
                f"decode without any, and {AGAIN}"
            ) from None
        stack.callback(worker.close)
        team.append(worker)
    for worker in team:  # after the last fork, which copies no thread and the locks of all
        worker.listen()
    return team


@dataclass(frozen=True)
class _Place:
    """Which worker one is, of how many."""

    index: int
    count: int


class _Worker(Generic[Item, Batch]):
    """A process that makes items, and the thread that makes batches of what it sends."""

    def __init__(
        self, source: Source[Key, Item, Batch], place: _Place, readers: list[Connection]
    ) -> None:
        """Start the process.

        Args:
            source: source of all batches.
            place: decides which of them are made here.
            readers: the ends that this process has of all pipes so far; the new one is added.

        Raises:
            OSError: the system has no room for another process or pipe.
        """
        self._collate = source.collate
        self._count = place.count
        self._received = 0  # items
        self._ready: queue.Queue[Batch | Exception | None] = queue.Queue(maxsize=1)
        self._reader, writer = multiprocessing.Pipe(duplex=False)
        _widen(writer)
        readers.append(self._reader)
        self._process = multiprocessing.Process(
            target=_work, args=(source.make, source.batches, place, writer, readers), daemon=True
        )
        self._thread = threading.Thread(target=self._receive, daemon=True)
        try:
            self._process.start()
        except OSError:
            self._reader.close()
            raise
        finally:
            writer.close()  # so that the pipe ends when the worker does

    def listen(self) -> None:
        """Begin to receive."""
        self._thread.start()

    def take(self, patience_s: float) -> Batch | None:
        """Return this worker's next batch, or None after the last.

        Raises:
            DataError: an item is an error, or the worker has died, hangs or failed.
        """
        batch = self._next(patience_s)
        if isinstance(batch, EOFError | OSError):
            raise self._death() from None
        if isinstance(batch, Exception):
            raise batch
        return batch

    def close(self) -> None:
        """End the process and the thread."""
        self._process.kill()
        self._process.join(EXIT_S)
        while self._thread.is_alive():  # until it has seen the end, it may wait for room
            with contextlib.suppress(queue.Empty):
                self._ready.get(timeout=0.01)
        self._reader.close()

    def _next(self, patience_s: float) -> Batch | Exception | None:
        # Time is counted in checks, since clocks go on while a command is suspended.
        step_s = min(CHECK_S, patience_s)
        silent_s, seen = 0.0, self._received
        while silent_s < patience_s:
            with contextlib.suppress(queue.Empty):
                return self._ready.get(timeout=step_s)
            silent_s = silent_s + step_s if self._received == seen else 0.0
            seen = self._received
        return DataError(
            f"a process that decodes images has not finished one in {patience_s:.0f} s. See "
            "whether the disk that holds them answers, or give `workers=` 0 to decode without such "
            f"processes, and {AGAIN}"
        )

    def _death(self) -> DataError:
        self._process.join(EXIT_S)
        fewer = f"fewer of them (`workers=` {self._count - 1})" if self._count > 1 else ""
        return DataError(
            f"a process that decodes images died ({exit_cause(self._process.exitcode)}). Give "
            f"{fewer}{', ' if fewer else ''}more memory, or `workers=` 0 to decode without such "
            f"processes, and {AGAIN}"
        )

    def _receive(self) -> None:
        """Make batches until the worker ends; the body of the thread."""
        try:
            while count := _checked(self._reader.recv()):
                items: list[Item] = []
                for _ in range(count):
                    items.append(_checked(self._reader.recv()))
                    self._received += 1
                self._ready.put(self._collate(items))
            self._ready.put(None)
        except Exception as problem:  # noqa: BLE001 - raised where the batch is awaited
            self._ready.put(problem)


def _widen(pipe: Connection) -> None:
    """Let a pipe hold more where the system can: batches then arrive a third sooner."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl  # noqa: PLC0415 - Unix

        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _work(
    make: Callable[[Key], Item | DataError],
    batches: Iterable[Sequence[Key]],
    place: _Place,
    writer: Connection,
    readers: Sequence[Connection],
) -> None:
    """Send this worker's batches, each as a number of items and these, then 0; or an error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that iterates decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for reader in readers:  # else the pipes would outlive the process that iterates
        reader.close()
    with contextlib.suppress(BrokenPipeError):  # that process was killed
        try:
            for keys in itertools.islice(batches, place.index, None, place.count):
                writer.send(len(keys))
                for key in keys:
                    writer.send(make(key))
            writer.send(0)
        except BrokenPipeError:
            raise
        except Exception as problem:  # noqa: BLE001 - to be raised where the batch is awaited
            writer.send(
                DataError(
                    f"a process that decodes images failed ({type(problem).__name__}: {problem}). "
                    "With `workers=` 0 the same command shows where; please report it."
                )
            )
