"""The snapshot of a study at its start: configuration, digests of its inputs, and versions."""

import functools
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from nasbench_mvit.analysis.pareto import FrontRule
from nasbench_mvit.errors import StoreError, listed
from nasbench_mvit.search.study.config import TRAINING, StudyConfig
from nasbench_mvit.search.trials.schema import DAMAGED, SCHEMA_VERSION, STUDY, upgraded
from nasbench_mvit.version import __version__

# Fields that may change between runs, and names of files that are compared by content instead.
NOT_IDENTITY = {"description", "trials", "rivals", "space", "predictor", "data", "calibration",
                "supernet", "prior"}  # fmt: skip
# Settings of later versions, with the values that leave a study unchanged.
ADDED: dict[str, object] = {
    "evaluator": TRAINING,
    "pruning": None,
    "training_seed": None,
    "front": FrontRule.POINT,
}
CONTENT_OF = "content of "
IMAGES_KEY = f"{CONTENT_OF}images"
_PACKAGES = ("torch", "optuna", "numpy")


def take_snapshot(config: StudyConfig, content: Mapping[str, str]) -> dict[str, Any]:
    """Return the snapshot of a study that starts now.

    Args:
        config: the study.
        content: digests of the inputs that the configuration names: the space, the predictor, the
            images. With the configuration they are the study's identity; a run resumes only if all
            of it is the same. The number of trials may change.
    """
    config = config.model_copy(update={"front": config.rule})
    identity = config.model_dump(mode="json", exclude=NOT_IDENTITY)
    identity = {key: value for key, value in identity.items() if ADDED.get(key, ...) != value}
    return {
        "schema_version": SCHEMA_VERSION,
        "identity": identity | {f"{CONTENT_OF}{what}": digest for what, digest in content.items()},
        "config": config.model_dump(mode="json"),
        "versions": software_versions(),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def check_same(stored: object, snapshot: Mapping[str, Any], name: str, location: object) -> None:
    """Check that a stored study is the one that a command is about to resume.

    Args:
        stored: the stored snapshot.
        snapshot: the snapshot of the command.
        name: name of the study, for messages.
        location: place of the storage, for messages.

    Raises:
        StoreError: it is another study; the message names the differences.
    """
    if not isinstance(stored, dict) or "schema_version" not in stored:
        raise StoreError(
            f"the study '{name}' in {location} was not made by nasbench_mvit. "
            "Name another storage with `storage=`, or another folder with `run_dir=`."
        )
    content = upgraded(STUDY, stored, f"the study '{name}' in {location}", stored)
    before, now = content.get("identity"), snapshot["identity"]
    if not isinstance(before, dict):
        raise StoreError(f"the study '{name}' in {location} has lost its configuration. {DAMAGED}")
    differing = sorted(key for key in {*before, *now} if before.get(key) != now.get(key))
    if differing:
        values = [
            f"{key}: {before.get(key)!r} there, {now.get(key)!r} now"
            for key in differing
            if not key.startswith(CONTENT_OF)  # a hash
        ]
        told = f" ({values[0]})" if values else ""
        raise StoreError(
            f"{location} was started with another {listed(differing)}{told}, and the two cannot be "
            "compared. Restore it to resume, add `fresh=` to set the old run aside and start anew, "
            "or choose another `run_dir=`."
        )


def software_versions() -> dict[str, str]:
    """Return the versions of software that may change a result, and the commit in a clone."""
    versions = {"nasbench_mvit": __version__}
    versions |= {package: metadata.version(package) for package in _PACKAGES}
    commit = _commit()
    return versions if commit is None else versions | {"commit": commit}


@functools.cache
def _commit() -> str | None:
    root = Path(__file__).parents[3]
    if not (root / ".git").exists():
        return None
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
