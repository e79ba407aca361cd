"""An arm: one combination of settings as a network and a training."""

from collections.abc import Mapping
from dataclasses import dataclass

from nasbench_mvit.ablation.design.combinations import Choices, title
from nasbench_mvit.ablation.design.config import AblationConfig, PaperResult
from nasbench_mvit.ablation.design.scaling import Scaling
from nasbench_mvit.ablation.design.terms import PaperTerms
from nasbench_mvit.architecture.fields import BLOCK_FIELDS, Value, flatten, unflatten
from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.architecture.space_file import normalise
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import AblationError, SpecError
from nasbench_mvit.io.validation import validate
from nasbench_mvit.training.proxy.recipe import ProxyConfig


@dataclass(frozen=True, kw_only=True, eq=False)
class Arm:
    """One combination of settings.

    Attributes:
        name: short, for tables.
        choices: the setting of each factor.
        spec: the network that is trained.
        full_size: the network whose costs and latency are stated.
        proxy: its training.
        terms: the same in the paper's terms, None where nothing is scaled.
        paper: what the paper reports of it.
    """

    name: str
    choices: Choices
    spec: MobileViTSpec
    full_size: MobileViTSpec
    proxy: ProxyConfig
    terms: PaperTerms | None
    paper: PaperResult | None


def scaling_of(config: AblationConfig) -> Scaling | None:
    """Return the scaling of a study's recipe, None where it is trained as it is.

    Raises:
        AblationError: a setting changes the recipe to what no recipe can be.
    """
    if config.recipe is None:
        return None
    decays = [
        _terms(config.recipe, setting.recipe, f"setting '{label}' of factor '{name}'").weight_decay
        for name, factor in config.factors.items()
        for label, setting in factor.settings.items()
    ]
    return Scaling.to(config.proxy, strongest_decay=max(config.strongest_weight_decay, *decays))


def _terms(terms: PaperTerms, changes: Mapping[str, object], where: str) -> PaperTerms:
    fields = terms.model_dump() | dict(changes)
    return validate(fields, PaperTerms, AblationError, where=f"{where}, recipe")


def make_arm(
    config: AblationConfig,
    choices: Choices,
    trained: MobileViTSpec,
    stated: MobileViTSpec,
    scaling: Scaling | None,
) -> Arm:
    """Return one arm.

    Args:
        config: the study.
        choices: the setting of each factor.
        trained: the network that is trained, before the settings change it.
        stated: likewise the one whose costs and latency are stated.
        scaling: scaling of the paper's recipe to the budget, None where nothing is scaled.

    Raises:
        SpecError: there is no such network.
        AblationError: there is no such recipe.
    """
    network: dict[str, Value] = {}
    recipe: dict[str, object] = {}
    proxy: dict[str, object] = {}
    name = title(config, choices)
    for factor, label in choices.items():
        setting = config.factors[factor].settings[label]
        network |= {field: normalise(field, value) for field, value in setting.network.items()}
        recipe |= setting.recipe
        proxy |= setting.proxy
    terms, trained_by = None, config.proxy
    if config.recipe is not None and scaling is not None:
        terms = _terms(config.recipe, recipe, f"arm '{name}'")
        trained_by = scaling.apply(terms)
    fields = trained_by.model_dump() | proxy
    return Arm(
        name=name,
        choices=choices,
        spec=_changed(trained, network, config.proxy.task),
        full_size=_changed(stated, network, config.proxy.task),
        proxy=validate(fields, ProxyConfig, AblationError, where=f"arm '{name}', proxy"),
        terms=terms,
        paper=_paper(config, choices),
    )


def _changed(spec: MobileViTSpec, fields: Mapping[str, Value], task: Task) -> MobileViTSpec:
    """Return the network with other fields; without a block its fields have no effect.

    Raises:
        SpecError: there is no such network, or it is not for the task.
    """
    flat = flatten(spec)
    for field in fields:
        stage, _, name = field.partition(".")
        if name in BLOCK_FIELDS and not (fields.get(f"{stage}.block") or flat[f"{stage}.block"]):
            raise SpecError(f"{field} is a field of a block, and {stage} has none.")
    changed = unflatten(flat | dict(fields))
    if changed.task != task:
        raise SpecError(
            f"its network is one for {changed.task}, and proxy.task of the study is {task}. Start "
            f"from a network for {task}, or leave the start out."
        )
    return changed


def _paper(config: AblationConfig, choices: Choices) -> PaperResult | None:
    default = {name: factor.default for name, factor in config.factors.items()}
    for result in config.paper.results if config.paper else ():
        if default | result.settings == choices:
            return result
    return None
