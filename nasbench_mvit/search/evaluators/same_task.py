"""Whether trainings that were kept answer what a study asks."""

from typing import Any, Protocol

from nasbench_mvit.errors import StudyError, listed
from nasbench_mvit.search.study.config import EMBEDDED_DATA, StudyConfig


class Kept(Protocol):
    """What describes trainings that were kept."""

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


def check_same_task(config: StudyConfig, kept: Kept, title: str) -> None:
    """Refuse a study whose trainings are not those that were kept.

    Args:
        config: the study.
        kept: the description of the trainings.
        title: what holds them, like "the table mobilevit_table".

    Raises:
        StudyError: naming the first difference.
    """
    if config.rivals:
        raise StudyError(
            f"{title} knows MobileViT networks alone. Leave the rivals {listed(config.rivals)} "
            "out, or train with --evaluator training."
        )
    asked: dict[str, object] = {"data": config.data}
    held: dict[str, object] = {"data": kept.data}
    if config.data != EMBEDDED_DATA:  # which are split already
        asked["training_seed"], held["training_seed"] = config.data_seed, kept.data_seed
    asked |= {f"proxy.{key}": value for key, value in config.proxy.model_dump(mode="json").items()}
    held |= {f"proxy.{key}": value for key, value in kept.proxy.items()}
    for key in held | asked:
        if asked.get(key) != held.get(key):
            raise StudyError(
                f"{title} was made with {key} {held.get(key)}, the study asks for "
                f"{asked.get(key)}. Leave {key} out, or train with --evaluator training."
            )
