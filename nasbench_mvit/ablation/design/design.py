"""The design of an ablation: its arms, and what is compared with what."""

from collections.abc import Mapping
from dataclasses import dataclass

from nasbench_mvit.ablation.design.arms import Arm, make_arm, scaling_of
from nasbench_mvit.ablation.design.combinations import combinations, title
from nasbench_mvit.ablation.design.config import AblationConfig
from nasbench_mvit.ablation.design.contrasts import Contrast, contrasts_of
from nasbench_mvit.ablation.design.scaling import Scaling
from nasbench_mvit.architecture.network import known_network, mobilevit
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import AblationError, SpecError, unknown


@dataclass(frozen=True, kw_only=True)
class Ablation:
    """A study as it will be run.

    Attributes:
        name: name of the study.
        config: its file.
        network, full_size: names of what is trained, and of what costs are stated.
        arms: the first is the reference.
        contrasts: what is compared.
        absent: why an arm of the design is not there, by name.
        scaling: scaling of the paper's recipe to the budget, None where nothing is scaled.
    """

    name: str
    config: AblationConfig
    network: str
    full_size: str
    arms: tuple[Arm, ...]
    contrasts: tuple[Contrast, ...]
    absent: Mapping[str, str]
    scaling: Scaling | None

    @property
    def reference(self) -> Arm:
        """The arm that others are compared with."""
        return self.arms[0]


@dataclass(frozen=True)
class Base:
    """The network an ablation starts from, with the name it goes by."""

    name: str
    spec: MobileViTSpec


def make_ablation(
    name: str, config: AblationConfig, *, base: Base | None = None, only: tuple[str, ...] = ()
) -> Ablation:
    """Return the arms of a study.

    Args:
        name: name of the study.
        config: its content.
        base: start from this network rather than from the study's.
        only: names of arms, to train these and the reference alone; empty for all.

    Raises:
        AblationError: no arm has that name, or there is none to compare; the reference cannot be.
    """
    trained = base or _published(config.network, config)
    stated = trained
    if base is None and config.full_size is not None:
        stated = _published(config.full_size, config)
    scaling = scaling_of(config)
    arms: list[Arm] = []
    absent: dict[str, str] = {}
    for choices in combinations(config):
        try:
            arm = make_arm(config, choices, trained.spec, stated.spec, scaling)
        except SpecError as error:
            absent[title(config, choices)] = str(error)
            continue
        arms.append(arm)
    reference = title(config, next(combinations(config)))
    if reference in absent:
        raise AblationError(
            f"the reference arm '{reference}' is not a valid network: {absent[reference]}"
        )
    arms = _chosen(arms, only)
    if len(arms) == 1:
        why = "; ".join(
            f"'{arm}' is not a valid network: {reason}" for arm, reason in absent.items()
        )
        raise AblationError(
            f"there is nothing to compare the reference arm '{reference}' with. "
            f"{why or 'Name another arm.'}"
        )
    return Ablation(
        name=name,
        config=config,
        network=trained.name,
        full_size=stated.name,
        arms=tuple(arms),
        contrasts=tuple(contrasts_of(config, arms)),
        absent=absent,
        scaling=scaling,
    )


def _published(name: str, config: AblationConfig) -> Base:
    """Return a published network, with the head for what a study trains."""
    return Base(name, mobilevit(known_network(name, config.proxy.task)))


def _chosen(arms: list[Arm], only: tuple[str, ...]) -> list[Arm]:
    names = [arm.name for arm in arms]
    for name in only:
        if name not in names:
            raise AblationError(unknown("arm", name, names))
    return [arm for arm in arms if not only or arm is arms[0] or arm.name in only]
