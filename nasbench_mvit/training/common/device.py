"""Where a training runs and in which precision."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from nasbench_mvit.errors import StudyError, unknown
from nasbench_mvit.training.common.world import own_cores

FIRST_WITH_BFLOAT16 = (8, 0)  # compute capability of Ampere


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A device and the number format of its matrix products.

    Attributes:
        autocast: the reduced format, or None where everything stays float32.
    """

    device: torch.device
    autocast: torch.dtype | None

    @property
    def precision(self) -> str:
        """Name of the number format, like "float32"."""
        return str(self.autocast or torch.float32).removeprefix("torch.")

    @property
    def scales_gradients(self) -> bool:
        """Whether gradients would underflow unscaled."""
        return self.autocast is torch.float16


def place(name: str = "auto") -> Placement:
    """Return the placement for "auto", "cpu", "cuda", "cuda:N" or "mps".

    "auto" takes an NVIDIA GPU, else an Apple GPU, else the processor. An NVIDIA GPU computes in
    bfloat16 where its hardware has it, else in float16 with scaled gradients.

    Raises:
        StudyError: the device is unknown or this machine has none.
    """
    available = _available()
    if name == "auto":
        name = available[0]
    if name == "cuda" and "cuda:0" in available:
        name = "cuda:0"
    if name not in available:
        raise StudyError(
            f"{unknown('device', name, ['auto', *available])} These are what PyTorch sees here."
        )
    device = torch.device(name)
    return Placement(device=device, autocast=_reduced(device))


def _available() -> list[str]:
    """Return the devices of this machine, the fastest kind first."""
    gpus = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    apple = ["mps"] if torch.backends.mps.is_available() else []
    return [*gpus, *apple, "cpu"]


def _reduced(device: torch.device) -> torch.dtype | None:
    if device.type != "cuda":
        return None
    native = torch.cuda.get_device_capability(device) >= FIRST_WITH_BFLOAT16
    return torch.bfloat16 if native else torch.float16


@contextmanager
def reproducible(device: torch.device) -> Iterator[None]:
    """Compute with results that repeat, in no more threads than this process has cores.

    At the end the caller's random state and number of threads are back.
    """
    gpus = [device] if device.type == "cuda" else []
    with (
        threads_set(min(torch.get_num_threads(), own_cores())),
        torch.random.fork_rng(gpus),
        torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True),
    ):
        yield


@contextmanager
def threads_set(count: int) -> Iterator[None]:
    """Compute inside in ``count`` threads, whose number decides the last bits of a sum."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
