"""What ``on_gpu`` measures, in full and as a dry run."""

from collections.abc import Sequence
from dataclasses import dataclass

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.rivals import RIVALS, RivalSpec
from nasbench_mvit.training.proxy.recipe import ProxyConfig

TABLE_11 = ("mobilenet_v2", "deit_tiny", "mobilevit_xs")
TABLE_6 = (
    "mobilevit_s",
    "mobilevit_s_patch_3_3_3",
    "mobilevit_s_patch_4_4_4",
    "mobilevit_s_patch_8_4_2",
)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The recipes, networks and numbers of a measurement.

    Attributes:
        proxy: the recipe whose trainings share the device.
        longer: the recipe of the truth set.
        shared: numbers of trainings at once.
        batch: images of an inference.
        timed: the networks whose inference is timed.
        ranked: the networks of the truth set; None for all that ``longer`` can train.
    """

    proxy: ProxyConfig
    longer: ProxyConfig
    shared: Sequence[int] = (1, 2, 4, 8)
    batch: int = 32
    timed: Sequence[str] = (*TABLE_11, *TABLE_6)
    ranked: Sequence[str] | None = None


_PROXY = ProxyConfig(optimizer="muon", layout="scattered", dropout=0.0)
FULL = Plan(
    proxy=_PROXY,
    longer=_PROXY.model_copy(update={"steps": 10 * _PROXY.steps, "input_size": 128}),
)
_TINY = _PROXY.model_copy(
    update={"steps": 8, "batch_size": 2, "input_size": 32, "interim_images": 4}
)
DRY = Plan(
    proxy=_TINY,
    longer=_TINY,
    shared=(1, 2),
    batch=1,
    timed=("mobilenet_v2", "mobilevit_xxs"),
    ranked=(
        "mobilevit_xs",
        "mobilevit_xxs",
        "mobilevitv2_0.5",
        "mobilevitv3_xxs",
        "mobilevitv3_xs",
    ),
)


def network_named(name: str) -> Network:
    """Return a published network or a rival, at the resolution of its paper."""
    return RivalSpec(name) if name in RIVALS else published(name)
