"""train_proxy: train one network by a study's proxy, in equal parts that can be resumed."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from torch import nn

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.training.common.device import place, reproducible
from nasbench_mvit.training.images.arrays import ImageData, Split
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import (
    FractionReport,
    TrainingResult,
)
from nasbench_mvit.training.proxy.task import ProxyData
from nasbench_mvit.training.proxy.timing import ProxyTiming
from nasbench_mvit.training.proxy.training import ProxyTraining


def train_proxy(  # noqa: PLR0913 - keyword-only, and all but one are optional
    spec: Network,
    proxy: ProxyConfig,
    data: ProxyData,
    seed: int,
    *,
    report: Callable[[FractionReport], None],
    checkpoint_path: Path | None = None,
    device: str = "auto",
    test: Split | None = None,
    int8_by: str | None = None,
    start: nn.Module | None = None,
) -> TrainingResult:
    """Train the network of ``spec`` and score it on the validation images.

    Test images, where given, are shown once after the last update and its validation; the
    training itself is the same with and without them, and so are its checkpoints.

    The result depends on the arguments alone: weights, images, jitter and dropout are drawn from
    ``seed``. Interrupted at any point and called again with the same arguments it continues from
    its last checkpoint and ends, on the same machine, with the same bits (on a GPU: nearly).

    Args:
        spec: the network; its ``resolution`` plays no part, the proxy trains at its own size.
        proxy: the recipe.
        data: images of ``proxy.cell_size``, or annotated ones for ``proxy.task``.
        seed: at least 0.
        report: called after each of ``proxy.fractions`` equal parts, once its checkpoint is
            written. A resumed training first repeats the reports of the parts already done. What
            it raises ends the training.
        checkpoint_path: where to checkpoint, and to resume from; None does neither.
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".
        test: images, stored as those of ``data``, to score the trained network on.
        int8_by: format by which it is also scored on them in 8 bits, "onnx" or "litert".
        start: a network of ``spec`` to go on from, which stays as it is; None draws one.

    Returns:
        A ``FinalResult`` where ``test`` is given, a ``QuantisedResult`` with ``int8_by``,
        a ``TaskResult`` of a network that detects or segments.

    Raises:
        NonFiniteLossError: the training diverged.
        StudyError: this machine has no such device.
        ValueError: the images were opened for another cell size, or they or the network are for
            another task.
    """
    with _training(spec, proxy, data, seed, checkpoint_path, device, start) as training:
        training.finish(report, checkpoint_path)
        return training.result(test, int8_by)


def train_proxy_network(
    spec: Network,
    proxy: ProxyConfig,
    data: ProxyData,
    seed: int,
    *,
    report: Callable[[FractionReport], None],
    checkpoint_path: Path | None = None,
    device: str = "auto",
    start: nn.Module | None = None,
) -> tuple[TrainingResult, nn.Module]:
    """Train as ``train_proxy`` does, and keep the network, in evaluation mode on the CPU.

    Its logits are those of the canvas cells, row by row, one logit per class and cell.
    """
    with _training(spec, proxy, data, seed, checkpoint_path, device, start) as training:
        training.finish(report, checkpoint_path)
        return training.result(None), training.trained()


def time_proxy(
    spec: Network,
    proxy: ProxyConfig,
    data: ProxyData,
    seed: int,
    *,
    folder: Path,
    device: str,
    start: nn.Module | None = None,
) -> ProxyTiming:
    """Return the seconds of each part of a training, from a few updates and canvases.

    Args:
        spec: the network.
        proxy: the recipe.
        data: images of ``proxy.cell_size``, or annotated ones for ``proxy.task``.
        seed: at least 0.
        folder: where a checkpoint is written, to be timed.
        device: as for ``train_proxy``.
        start: as for ``train_proxy``.

    Raises:
        NonFiniteLossError: the training diverged.
        StudyError: this machine has no such device.
        ValueError: the images were opened for another cell size, or they or the network are for
            another task.
    """
    with _training(spec, proxy, data, seed, None, device, start) as training:
        return training.timing(folder / f"timed-{os.getpid()}.pt")


@contextmanager
def _training(
    spec: Network,
    proxy: ProxyConfig,
    data: ProxyData,
    seed: int,
    checkpoint_path: Path | None,
    device: str,
    start: nn.Module | None = None,
) -> Iterator[ProxyTraining]:
    """Yield the training where it was left, on a device set to repeat itself."""
    task = "classification" if isinstance(data, ImageData) else data.task
    if not task == spec.task == proxy.task:
        raise ValueError(
            f"a network for {spec.task} and images for {task} are not trained for {proxy.task}."
        )
    if isinstance(data, ImageData) and data.cell_size != proxy.cell_size:
        raise ValueError(f"images of {data.cell_size} px do not fill cells of {proxy.cell_size}.")
    placement = place(device)
    with reproducible(placement.device):
        training = ProxyTraining(spec, proxy, data, seed, placement, start)
        if checkpoint_path is not None and not training.resume(checkpoint_path):
            training = ProxyTraining(spec, proxy, data, seed, placement, start)
        yield training
