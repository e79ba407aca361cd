"""What is kept of a study at its start: the configuration, what it refers to, and the versions."""

import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from nasbench_mvit.search.schema import SCHEMA_VERSION
from nasbench_mvit.search.study import StudyConfig
from nasbench_mvit.version import __version__

MUTABLE = {"description", "trials"}
_PACKAGES = ("torch", "optuna", "numpy")


def take_snapshot(config: StudyConfig, content: Mapping[str, str]) -> dict[str, Any]:
    """Return the snapshot of a study that starts now.

    Args:
        config: the study.
        content: digests of what the configuration names but does not hold: the space, the
            predictor, the images. With the configuration they are the study's identity; a run
            resumes only where all of it is the same. The number of trials may change.
    """
    identity = config.model_dump(mode="json", exclude=MUTABLE)
    return {
        "schema_version": SCHEMA_VERSION,
        "identity": identity | {f"content of {what}": digest for what, digest in content.items()},
        "versions": {"nasbench_mvit": __version__}
        | {package: metadata.version(package) for package in _PACKAGES},
        "commit": _commit(),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _commit() -> str | None:
    """Return the git commit of this package's clone, None where it is not run from one."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return None
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
