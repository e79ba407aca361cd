"""A check that stored trainings are of the same task as a study."""

import json
from typing import Any, Protocol

from nasbench_mvit.errors import StudyError, listed
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.study.on_images import PACKAGED_DATA
from nasbench_mvit.training.proxy.recipe import ProxyConfig

TRAIN = "train with `evaluator=` training"


class StoredTrainings(Protocol):
    """A description of stored trainings."""

    @property
    def data(self) -> str:
        """Source of the images."""
        ...

    @property
    def data_seed(self) -> int:
        """Seed of their split."""
        ...

    @property
    def proxy(self) -> dict[str, Any]:
        """The recipe."""
        ...


def check_same_task(
    config: StudyConfig, stored: StoredTrainings, title: str, *, otherwise: str = TRAIN
) -> None:
    """Check that a study's trainings have the images and the recipe of the stored ones.

    Args:
        config: the study.
        stored: the description of the stored trainings.
        title: name of their source for messages, like "the table mobilevit_table".
        otherwise: what to do instead, for messages.

    Raises:
        StudyError: the two differ; the message names the first difference.
    """
    held_task = ProxyConfig.model_validate(stored.proxy).task
    if config.proxy.task != held_task:
        raise StudyError(
            f"{title} is of {held_task}, and the study is of {config.proxy.task}, which trainings "
            f"alone score: {TRAIN}."
        )
    asked: dict[str, object] = {"data": config.data}
    held: dict[str, object] = {"data": stored.data}
    if config.data not in PACKAGED_DATA:
        asked["training_seed"], held["training_seed"] = config.data_seed, stored.data_seed
    asked |= {f"proxy.{key}": value for key, value in config.proxy}
    held |= {f"proxy.{key}": value for key, value in ProxyConfig.model_validate(stored.proxy)}
    for key, value in asked.items():
        if value != held[key]:
            raise StudyError(
                f"{title} was made with {key} {held[key]}, the study asks for {value}. Write "
                f"{key}: {json.dumps(held[key])}, or {otherwise}."
            )


def check_no_rivals(config: StudyConfig, title: str) -> None:
    """Check that a study asks for no rivals, which nothing but a training scores.

    Raises:
        StudyError: it does.
    """
    if config.rivals:
        raise StudyError(
            f"{title} contains only MobileViT networks. Remove the rivals "
            f"{listed(config.rivals)} from the study, or {TRAIN}."
        )
