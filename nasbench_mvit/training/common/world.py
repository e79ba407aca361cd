"""The processes that train one network together, started by torchrun or by Ray Train."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import nn

from nasbench_mvit.errors import TrainingError
from nasbench_mvit.io.system.machine import usable_cores

LAUNCHED = "WORLD_SIZE"  # torchrun and Ray Train set it
LOCAL = "LOCAL_RANK"
LOCAL_PROCESSES = "LOCAL_WORLD_SIZE"  # on this machine
NCCL = "nccl"

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class World:
    """All processes, and which of them this one is.

    Attributes:
        rank: rank of this process, from 0.
        size: number of processes.
    """

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process speaks and writes for all."""
        return self.rank == 0

    def own(self, count: int) -> range:
        """Return this process's share of ``count`` things."""
        return range(self.rank, count, self.size)

    def check_shards(self, shards: int) -> None:
        """Refuse updates that do not divide evenly.

        Raises:
            TrainingError: they do not.
        """
        if shards % self.size:
            fits = [size for size in range(1, shards + 1) if shards % size == 0]
            raise TrainingError(
                f"an update of {shards} times device_batch images cannot be shared by {self.size} "
                f"processes. Start one of {fits} processes, or change `batch_size=` or "
                "`device_batch=`."
            )

    def total(self, values: Sequence[float]) -> list[float]:
        """Return the sums over all processes of each of ``values``."""
        if self.size == 1:
            return list(values)
        device = "cuda" if dist.get_backend() == NCCL else "cpu"
        sums = torch.tensor(values, dtype=torch.float64, device=device)
        dist.all_reduce(sums)
        totals: list[float] = sums.tolist()
        return totals

    def gathered(self, own: Sequence[Thing]) -> list[Thing]:
        """Return the things of all processes, each of which gives its share by ``own``, in order.

        They are pickled on their way.
        """
        if self.size == 1:
            return list(own)
        parts: list[Sequence[Thing]] = [()] * self.size
        dist.all_gather_object(parts, own)
        longest = range(max(map(len, parts)))
        return [part[place] for place in longest for part in parts if place < len(part)]

    def wrapped(self, model: nn.Module, device: torch.device) -> nn.Module:
        """Return a module whose gradients are the mean over all processes."""
        if self.size == 1:
            return model
        own = [device] if device.type == "cuda" else None
        return nn.parallel.DistributedDataParallel(model, device_ids=own)

    def exchanging(
        self, wrapped: nn.Module, *, exchanges: bool
    ) -> contextlib.AbstractContextManager[None]:
        """Return the context of a backward pass that exchanges gradients, or keeps them."""
        if isinstance(wrapped, nn.parallel.DistributedDataParallel) and not exchanges:
            return wrapped.no_sync()
        return contextlib.nullcontext()

    def align(self, model: nn.Module) -> None:
        """Give every process the buffers of the first one."""
        if self.size > 1:
            for buffer in model.buffers():
                dist.broadcast(buffer, 0)


def is_launched() -> bool:
    """Return whether this process is one of several, or of one, that a launcher started."""
    return LAUNCHED in os.environ


def own_device(name: str) -> str:
    """Return the device of this process: "auto" and "cuda" take the GPU of its local rank."""
    if is_launched() and torch.cuda.is_available() and name in {"auto", "cuda"}:
        return f"cuda:{os.environ[LOCAL]}"
    return name


def own_cores() -> int:
    """Return this process's share of the cores that the machine gives to all of a training."""
    return max(1, usable_cores() // int(os.environ.get(LOCAL_PROCESSES, "1")))


@contextlib.contextmanager
def joined(device: str) -> Iterator[World]:
    """Join the processes a launcher started, until the block ends; alone where there is none.

    Args:
        device: device of this process; an NVIDIA GPU talks by nccl, anything else by gloo.
    """
    if not is_launched():
        yield World()
        return
    if device.startswith("cuda"):
        torch.cuda.set_device(device)  # where nccl exchanges numbers
    if not dist.is_initialized():
        dist.init_process_group(NCCL if device.startswith("cuda") else "gloo")
    try:
        yield World(dist.get_rank(), dist.get_world_size())
    finally:
        dist.destroy_process_group()
