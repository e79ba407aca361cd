"""Evaluators that return the accuracy of a network with a seed, the same for every engine.

An evaluator is independent of Optuna and of the engine that runs it. It is a small picklable
object, so that it can be sent to a worker process.
"""

import contextlib
import functools
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

import platformdirs

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.errors import DataError
from nasbench_mvit.training.images.annotated.annotated_image import AnnotatedData, AnnotatedTask
from nasbench_mvit.training.images.annotated.annotated_sources import (
    absolute_source_of,
    open_annotated,
)
from nasbench_mvit.training.images.arrays import ImageData, Split
from nasbench_mvit.training.images.sources import open_images, open_test
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import FractionReport, TrainingResult

if TYPE_CHECKING:
    from torch import nn

Report = Callable[[FractionReport], None]


class EndedAtRungError(Exception):
    """Raised by a ``Report`` to stop a training at a rung."""


class Evaluator(Protocol):
    """Evaluates one network with one seed."""

    def __call__(self, spec: Network, seed: int, report: Report) -> TrainingResult:
        """Return the result; ``report`` is called at equal fractions of the budget.

        Raises:
            EndedAtRungError: ``report`` raised it; nothing of the training is kept.
        """
        ...


class PortableEvaluator(Evaluator, Protocol):
    """An evaluator that can be sent to a machine of a cluster."""

    def checkpoint_name(self, spec: Network, seed: int) -> str:
        """Return the file name of a training's checkpoint, the same for every engine."""
        ...

    def on_node(self, checkpoint_dir: Path) -> Evaluator:
        """Return the evaluator for this machine, with checkpoints in ``checkpoint_dir``."""
        ...


class TrainingEvaluator(PortableEvaluator, Protocol):
    """An evaluator that trains on images, here or on the nodes of a cluster."""

    def for_cluster(self, device: str) -> PortableEvaluator:
        """Return the evaluator for the nodes of a cluster, which train on ``device``.

        Raises:
            DataError: the images are missing here.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class ProxyEvaluator:
    """Trains the network by the proxy, from its checkpoint if there is one.

    Attributes:
        proxy: the recipe.
        data: source of the images.
        data_seed: seed of their split.
        cache_dir: folder of the decoded images.
        checkpoint_dir: folder of the checkpoints.
        device: "auto", "cpu", "cuda" or "mps".
        fingerprint: expected fingerprint of the images, for machines that may hold others under the
            same name; None for no check.
        scores_test: whether a trained network is also scored on the test images, as finalists are;
            the result is then a ``FinalResult``. A search must not do so.
        int8_by: format by which it is then scored in 8 bits too; None for not at all.
    """

    proxy: ProxyConfig
    data: str
    data_seed: int
    cache_dir: Path
    checkpoint_dir: Path
    device: str = "auto"
    fingerprint: str | None = None
    scores_test: bool = False
    int8_by: str | None = None

    def images(self) -> ImageData | AnnotatedData:
        """Return the images, with boxes or masks where the task needs them, read once per process.

        Raises:
            DataError: the images are missing, or their fingerprint is not ``fingerprint``.
        """
        task = self.proxy.task
        found: ImageData | AnnotatedData = (
            _images(self.data, self.proxy.cell_size, self.cache_dir, self.data_seed)
            if task == "classification"
            else _annotated(self.data, task, self.proxy.input_size, self.data_seed)
        )
        if self.fingerprint not in {None, found.fingerprint}:
            raise DataError(
                f"on {socket.gethostname()} the images of '{self.data}' differ from the study's. "
                "Copy the same files to every node, or put them into a folder that all nodes share."
            )
        return found

    def test_images(self) -> Split:
        """Return the test images, read once per process."""
        return _test_images(self.data, self.proxy.cell_size, self.cache_dir)

    def checkpoint_name(self, spec: Network, seed: int) -> str:
        """Return the file name of a training's checkpoint."""
        return f"{self.proxy.id}-{spec.id}-{seed}.pt"

    def start(self, spec: Network, seed: int) -> "nn.Module | None":
        """Return the network that a training goes on from, None where it draws one."""
        del spec, seed
        return None

    def for_cluster(self, device: str) -> Self:
        """Return the evaluator with absolute paths and the fingerprint of the images.

        Raises:
            DataError: the images are missing.
        """
        return replace(
            self,
            data=absolute_source_of(self.data, self.proxy.task),
            cache_dir=self.cache_dir.absolute(),
            device=device,
            fingerprint=self.images().fingerprint,
        )

    def on_node(self, checkpoint_dir: Path) -> Self:
        """Return the evaluator with checkpoints in ``checkpoint_dir`` and a local cache.

        On a machine without the run's cache, images are decoded into the user's.
        """
        cache = self.cache_dir
        if not cache.is_dir():
            cache = platformdirs.user_cache_path("nasbench_mvit") / "images"
        return replace(self, checkpoint_dir=checkpoint_dir, cache_dir=cache)

    def __call__(self, spec: Network, seed: int, report: Report) -> TrainingResult:
        """Train ``spec`` with ``seed``."""
        from nasbench_mvit.training.proxy.loop import train_proxy  # noqa: PLC0415 - loads torch

        checkpoint = self.checkpoint_dir / self.checkpoint_name(spec, seed)
        try:
            result = train_proxy(
                spec,
                self.proxy,
                self.images(),
                seed,
                report=report,
                checkpoint_path=checkpoint,
                device=self.device,
                test=self.test_images() if self.scores_test else None,
                int8_by=self.int8_by,
                start=self.start(spec, seed),
            )
        except EndedAtRungError:
            _remove(checkpoint)
            raise
        _remove(checkpoint)
        return result


def _remove(checkpoint: Path) -> None:
    with contextlib.suppress(OSError):  # a leftover file only takes space
        checkpoint.unlink()


@functools.lru_cache(maxsize=1)
def _images(source: str, cell_size: int, cache_dir: Path, seed: int) -> ImageData:
    with _enough_memory(source, cell_size):
        return open_images(source, cell_size=cell_size, cache_dir=cache_dir, seed=seed)


@functools.lru_cache(maxsize=1)
def _annotated(source: str, task: AnnotatedTask, size: int, seed: int) -> AnnotatedData:
    return open_annotated(source, task=task, size=size, seed=seed)


@functools.lru_cache(maxsize=1)
def _test_images(source: str, cell_size: int, cache_dir: Path) -> Split:
    with _enough_memory(source, cell_size):
        return open_test(source, cell_size=cell_size, cache_dir=cache_dir)


@contextlib.contextmanager
def _enough_memory(source: str, cell_size: int) -> Iterator[None]:
    """Convert a lack of memory, in which all images of a proxy must be, to a ``DataError``."""
    try:
        yield
    except MemoryError:
        raise DataError(
            f"the images of '{source}' at {cell_size} px do not fit into memory. Lower "
            "proxy.input_size, or use fewer images."
        ) from None
