"""The state of a full training in its checkpoint, never silently thrown away."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nasbench_mvit.errors import TrainingError
from nasbench_mvit.training.common import checkpoint
from nasbench_mvit.training.common.checkpoint import CheckpointError, Identity
from nasbench_mvit.training.full.report import EpochReport

MODEL = "model"
PLAIN = ("seed", "precision")  # parts of an identity that are no hashes

Explain = Callable[[Iterable[str]], list[str]]


@dataclass(frozen=True, kw_only=True)
class FullState:
    """What a training needs to go on; random numbers follow from the seed and the update.

    Attributes:
        update: number of updates done.
        epoch_loss: sum of the losses of this epoch's updates so far.
        seconds: wall time spent, interruptions left out.
        curve: the epochs done.
        tensors: state dictionaries by name, that of the network under ``MODEL``.
    """

    update: int
    epoch_loss: float
    seconds: float
    curve: tuple[EpochReport, ...]
    tensors: dict[str, Any]

    def save(self, path: Path, identity: Identity) -> None:
        """Replace the checkpoint at ``path``.

        Raises:
            OSError: it cannot be written; the one before is kept.
        """
        curve = [asdict(report) for report in self.curve]
        checkpoint.save(path, identity, {"state": vars(self) | {"curve": curve}})


def load_state(path: Path, identity: Identity, explain: Explain) -> FullState | None:
    """Return the state at ``path``, None where there is none.

    Args:
        path: the checkpoint.
        identity: what makes two trainings the same one.
        explain: returns how parts of it that are hashes differ, in words.

    Raises:
        TrainingError: it is damaged, or of another training.
    """
    found = _load(path)
    if found is None:
        return None
    recorded, state = found
    differing = checkpoint.differing_parts(recorded, identity)
    if differing:
        words = explain(part for part in differing if part not in PLAIN)
        words += [
            f"{part} {recorded.get(part, 'none')}, now {identity[part]}"
            for part in differing
            if part in PLAIN
        ]
        raise TrainingError(
            f"the checkpoint {path} is of another training, which differs in: {'; '.join(words)}. "
            "Give another `out=` to start anew, or the options it was started with to go on."
        )
    return state


def recorded_recipe(path: Path) -> str | None:
    """Return the id of the recipe of the checkpoint at ``path``, None where there is none.

    Raises:
        TrainingError: it is damaged.
    """
    found = _load(path)
    return None if found is None else str(found[0].get("recipe"))


def _load(path: Path) -> tuple[Identity, FullState] | None:
    try:
        return checkpoint.load(path, _parse)
    except CheckpointError as problem:
        raise TrainingError(
            f"{problem}. Copy it again, remove it to start anew, or give another `out=`."
        ) from None


def _parse(content: Mapping[str, Any]) -> FullState:
    state = content["state"]
    return FullState(**state | {"curve": tuple(EpochReport(**entry) for entry in state["curve"])})
