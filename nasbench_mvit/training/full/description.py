"""``recipe.json``: what a full training is."""

from collections.abc import Mapping
from typing import Any

from nasbench_mvit.training.full.job import FullJob
from nasbench_mvit.training.full.outline import Outline
from nasbench_mvit.training.full.recipe import UNUSED


def description_of(job: FullJob, outline: Outline) -> Mapping[str, Any]:
    """Return the network, the recipe and the images of a training, as JSON holds them."""
    unused = set(UNUSED[job.spec.task])
    return {
        "recipe": outline.plan.recipe.model_dump(mode="json", exclude=unused),
        "not_the_papers_by_default": [change._asdict() for change in outline.changes],
        "network": job.spec.to_dict(),
        "starts_from": outline.starts_from,
        "images": {
            "source": job.source, "train": outline.plan.num_images, "val": outline.num_val,
            "classes": outline.num_classes,
        },
        "seed": job.seed,
    }  # fmt: skip
