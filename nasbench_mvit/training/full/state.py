"""The state of a full training in its checkpoint, never silently thrown away."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nasbench_mvit.errors import TrainingError, listed
from nasbench_mvit.training.common import checkpoint
from nasbench_mvit.training.common.checkpoint import CheckpointError, Identity
from nasbench_mvit.training.full.watcher import EpochReport

MODEL = "model"
#: What a training is, in words: for each entry of its identity the values that a person knows.
Facts = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class FullState:
    """The state from which a training resumes; random numbers follow from seed and update.

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

    def save(self, path: Path, identity: Identity, facts: Facts) -> None:
        """Replace the checkpoint at ``path``.

        Raises:
            OSError: it cannot be written; the one before is kept.
        """
        curve = [report.to_dict() for report in self.curve]
        content = {"state": vars(self) | {"curve": curve}, "facts": facts}
        checkpoint.save(path, identity, content)


def load_state(path: Path, identity: Identity, facts: Facts) -> FullState | None:
    """Return the state at ``path``, None where there is none.

    Args:
        path: the checkpoint.
        identity: what makes two trainings the same one.
        facts: the same in words; checkpoints of 0.1.0 have none.

    Raises:
        TrainingError: it is damaged, or of another training.
    """
    found = _load(path)
    if found is None:
        return None
    recorded, (state, before) = found
    differing = [
        _in_words(key, before.get(key, {}), facts[key])
        for key in checkpoint.differing_parts(recorded, identity)
    ]
    if differing:
        raise TrainingError(
            f"the checkpoint {path} is of another training. What differs: "
            f"{', '.join(differing)}. Give another `out=` to start anew, or what it was "
            "started with to go on."
        )
    return state


def recorded_recipe(path: Path) -> str | None:
    """Return the id of the recipe of the checkpoint at ``path``, None where there is none.

    Raises:
        TrainingError: it is damaged.
    """
    found = _load(path)
    return None if found is None else str(found[0].get("recipe"))


def updates_saved(path: Path) -> int:
    """Return the number of updates done in the checkpoint at ``path``, 0 where there is none.

    Raises:
        TrainingError: it is damaged.
    """
    found = _load(path)
    return 0 if found is None else found[1][0].update


def _load(path: Path) -> tuple[Identity, tuple[FullState, Facts]] | None:
    try:
        return checkpoint.load(path, _parse)
    except CheckpointError as problem:
        raise TrainingError(
            f"{problem}. Copy it again, remove it to start anew, or give another `out=`."
        ) from None


def _parse(content: Mapping[str, Any]) -> tuple[FullState, Facts]:
    state = content["state"]
    curve = tuple(EpochReport.from_dict(entry) for entry in state["curve"])
    return FullState(**state | {"curve": curve}), content.get("facts", {})


def _in_words(key: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Return an entry of an identity, with those of its values that have changed."""
    changed = [
        f"{name} {before.get(name, 'none')}, now {now.get(name, 'none')}".lstrip()
        for name in dict.fromkeys([*before, *now])
        if before and before.get(name) != now.get(name)
    ]
    return f"{key} ({listed(changed)})" if changed else key
