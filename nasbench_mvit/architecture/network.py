"""Network: the type of a MobileViT or one of its rivals."""

from collections.abc import Mapping
from typing import Any

from nasbench_mvit.architecture.heads import USUAL_RESOLUTION, Task
from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.architecture.rivals import RIVAL_FIGURES, RIVALS, RivalSpec
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import SpecError

# Both are frozen and have ``id``, ``resolution``, ``to_dict`` and ``from_dict``.
Network = MobileViTSpec | RivalSpec


def network_from_dict(data: Mapping[str, Any]) -> Network:
    """Build the network that ``to_dict`` of either kind describes.

    Raises:
        SpecError: a key is unknown or missing, or a value breaks a rule.
    """
    return RivalSpec.from_dict(data) if "rival" in data else MobileViTSpec.from_dict(data)


def mobilevit(network: Network) -> MobileViTSpec:
    """Return ``network`` if it is a MobileViT.

    Raises:
        SpecError: it is a rival.
    """
    if isinstance(network, RivalSpec):
        raise SpecError(
            f"{RIVAL_FIGURES[network.rival].title} is a rival and no MobileViT: it is trained by "
            "the proxy to be compared with, and neither exported nor measured. Choose another "
            "network."
        )
    return network


def known_network(name: str, task: Task = "classification") -> Network:
    """Return a published network or a rival, with the head and at the size usual for a task.

    Raises:
        SpecError: the name is unknown, or the rival has no maps for a head.
    """
    if task == "classification":
        return RivalSpec(name) if name in RIVALS else published(name)
    resolution = USUAL_RESOLUTION[task]
    if name in RIVALS:
        return RivalSpec(name, resolution).for_task(task)
    return published(name, resolution=resolution).for_task(task)


def title_of(name: str) -> str:
    """Return the title of a published network or a rival."""
    figures = RIVAL_FIGURES.get(name) or FIGURES[name]
    return figures.title
