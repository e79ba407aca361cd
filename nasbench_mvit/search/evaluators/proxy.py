"""Evaluators: from a network and a seed to an accuracy, the same for every engine.

An evaluator knows nothing of Optuna or of who runs it. It is a small picklable object, so that a
worker process can be handed one.
"""

import contextlib
import functools
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import platformdirs

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.errors import DataError
from nasbench_mvit.training.images.arrays import ImageData, Split
from nasbench_mvit.training.images.sources import absolute_source, open_images, open_test
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.report import FractionReport, TrainingResult

Report = Callable[[FractionReport], None]


class EndedAtRungError(Exception):
    """Raised by a ``Report`` to end a training that is not worth its remaining budget."""


class Evaluator(Protocol):
    """Judges one network with one seed."""

    def __call__(self, spec: Network, seed: int, report: Report) -> TrainingResult:
        """Return the result; ``report`` is called at equal fractions of the budget.

        Raises:
            EndedAtRungError: ``report`` did; nothing of the training is kept.
        """
        ...


class PortableEvaluator(Evaluator, Protocol):
    """An evaluator that a machine of a cluster can be handed."""

    def checkpoint_name(self, spec: Network, seed: int) -> str:
        """Return what the checkpoint of a training is called, whichever engine runs it."""
        ...

    def on_node(self, checkpoint_dir: Path) -> Evaluator:
        """Return it as this machine needs it, with its checkpoints in ``checkpoint_dir``."""
        ...


class TrainingEvaluator(PortableEvaluator, Protocol):
    """An evaluator that trains on images, here or on the nodes of a cluster."""

    def for_cluster(self, device: str) -> PortableEvaluator:
        """Return it as nodes understand it, which train on ``device``.

        Raises:
            DataError: the images are missing here.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class ProxyEvaluator:
    """Trains the network by the proxy; goes on from its checkpoint where there is one.

    Attributes:
        proxy: the recipe.
        data: source of the images.
        data_seed: seed of their split.
        cache_dir: where decoded images are kept.
        checkpoint_dir: where unfinished trainings are kept.
        device: "auto", "cpu", "cuda" or "mps".
        fingerprint: of the images, where another machine may hold others under the same name; None
            trusts what is found.
        scores_test: whether a trained network is scored on the test images too, as finalists are;
            the result is then a ``FinalResult``. No search may do so.
    """

    proxy: ProxyConfig
    data: str
    data_seed: int
    cache_dir: Path
    checkpoint_dir: Path
    device: str = "auto"
    fingerprint: str | None = None
    scores_test: bool = False

    def images(self) -> ImageData:
        """Return the images, read once per process.

        Raises:
            DataError: they are missing, or not those of ``fingerprint``.
        """
        found = _images(self.data, self.proxy.cell_size, self.cache_dir, self.data_seed)
        if self.fingerprint not in {None, found.fingerprint}:
            raise DataError(
                f"on {socket.gethostname()} the images of '{self.data}' are not the study's. Copy "
                "the same files to every node, or put them where all nodes see them."
            )
        return found

    def test_images(self) -> Split:
        """Return the test images, read once per process."""
        return _test_images(self.data, self.proxy.cell_size, self.cache_dir)

    def checkpoint_name(self, spec: Network, seed: int) -> str:
        """Return what the checkpoint of a training is called."""
        return f"{self.proxy.id}-{spec.id}-{seed}.pt"

    def for_cluster(self, device: str) -> "ProxyEvaluator":
        """Return it with places that mean the same everywhere and the fingerprint of the images.

        Raises:
            DataError: the images are missing.
        """
        return replace(
            self,
            data=absolute_source(self.data),
            cache_dir=self.cache_dir.absolute(),
            device=device,
            fingerprint=self.images().fingerprint,
        )

    def on_node(self, checkpoint_dir: Path) -> "ProxyEvaluator":
        """Return it with its checkpoints in ``checkpoint_dir`` and a cache this machine has.

        On a machine that does not see the run's cache, images are decoded into the user's.
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
            )
        except EndedAtRungError:
            _remove(checkpoint)
            raise
        _remove(checkpoint)
        return result


def _remove(checkpoint: Path) -> None:
    with contextlib.suppress(OSError):  # what is left only takes room
        checkpoint.unlink()


@functools.lru_cache(maxsize=1)
def _images(source: str, cell_size: int, cache_dir: Path, seed: int) -> ImageData:
    return open_images(source, cell_size=cell_size, cache_dir=cache_dir, seed=seed)


@functools.lru_cache(maxsize=1)
def _test_images(source: str, cell_size: int, cache_dir: Path) -> Split:
    return open_test(source, cell_size=cell_size, cache_dir=cache_dir)
