"""``recipe.json``: what a full training is, and in what another one differs from it."""

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nasbench_mvit.architecture.differences import differences
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import SpecError
from nasbench_mvit.io.text_files import read_text
from nasbench_mvit.training.full.job import RECIPE, FullJob
from nasbench_mvit.training.full.outline import Outline

Description = Mapping[str, Any]


def description_of(job: FullJob, outline: Outline) -> Description:
    """Return the network, the recipe and the images of a training, as JSON holds them."""
    return {
        "recipe": outline.plan.recipe.model_dump(mode="json"),
        "not_the_papers_by_default": [change._asdict() for change in outline.changes],
        "network": job.spec.to_dict(),
        "starts_from": outline.starts_from,
        "images": {
            "source": job.source, "train": outline.plan.num_images, "val": outline.num_val,
            "classes": outline.num_classes,
        },
        "seed": job.seed,
    }  # fmt: skip


def changes_since(job: FullJob, outline: Outline, parts: Iterable[str]) -> list[str]:
    """Return how a training differs from the one described in its folder, in words.

    Args:
        job: the training.
        outline: the same, from its beginning.
        parts: entries of a checkpoint's identity that differ; each stands for itself where the
            folder does not tell more.
    """
    before, now = _read(job.folder / RECIPE), description_of(job, outline)
    return [words for part in parts for words in list(_CHANGES[part](before, now)) or [part]]


def _read(path: Path) -> Description:
    """Return the description in a file, an empty one where there is none that can be read."""
    try:
        content = json.loads(read_text(path))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _recipe(before: Description, now: Description) -> Iterator[str]:
    then, new = before.get("recipe", {}), now["recipe"]
    for field, value in new.items():
        if field in then and then[field] != value:
            yield f"`{field}=` {_text(then[field])}, now {_text(value)}"


def _network(before: Description, now: Description) -> Iterator[str]:
    with contextlib.suppress(SpecError, KeyError):
        then, new = (MobileViTSpec.from_dict(entry["network"]) for entry in (before, now))
        yield f"`network=` {differences(then, new)}"


def _images(before: Description, now: Description) -> Iterator[str]:
    then, new = before.get("images", {}).get("source"), now["images"]["source"]
    if then == new:
        yield f"the images of {new} have changed"
    elif then is not None:
        yield f"`data=` {then}, now {new}"


def _initial_weights(before: Description, now: Description) -> Iterator[str]:
    then, new = before.get("starts_from"), now["starts_from"]
    if then != new and before:
        yield f"`init=` {then or 'none'}, now {new or 'none'}"
    elif new is not None:
        yield "the content of the weights of `init=`"


_CHANGES = {
    "recipe": _recipe,
    "network": _network,
    "images": _images,
    "initial weights": _initial_weights,
}


def _text(value: object) -> str:
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)
