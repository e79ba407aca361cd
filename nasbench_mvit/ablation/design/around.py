"""An ablation around a network that a search found: each of its choices back to the published one.

The arms leave one choice out at a time. What a winner was chosen by, its seeds and their luck, is
no evidence for its choices, so its trainings here have seeds that the search never used.
"""

from collections.abc import Sequence

from nasbench_mvit.ablation.design.config import AblationConfig
from nasbench_mvit.ablation.design.design import Base
from nasbench_mvit.architecture.fields import Value, spelled_out
from nasbench_mvit.architecture.network import mobilevit
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.errors import AblationError, SpaceError
from nasbench_mvit.io.validation import validate
from nasbench_mvit.search.finalists.choice import fresh_seeds
from nasbench_mvit.search.results.choose import find_trial
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.record import StoredTrial

FOUND = "as found"


def base_of(trials: Sequence[StoredTrial], study: str, number: int) -> Base:
    """Return the network of a finished trial of a study.

    Raises:
        StudyError: there is no such trial, or it is not finished.
        SpecError: its network is a rival.
    """
    trial = find_trial(trials, number)
    name = trial.record.name or f"{study}:{number}"
    return Base(name, mobilevit(trial.record.network()))


def config_around(config: StudyConfig, base: Base, *, seeds: int) -> AblationConfig:
    """Return the study that turns each choice of ``base`` back to the space's published network.

    A choice is what the network has on one axis of the study's space. The training is the study's
    proxy as it is.

    Args:
        config: configuration of the search.
        base: the network.
        seeds: trainings of each arm.

    Raises:
        AblationError: the network is outside the space, or has nothing to turn back.
    """
    space = SearchSpace.load(config.space)
    try:
        turned = list(space.put_back(base.spec))
    except SpaceError as error:
        raise AblationError(f"{base.name} is not in its search space: {error}") from None
    before = spelled_out(base.spec)
    factors: dict[str, object] = {}
    for axis, choice, spec in turned:
        fields = {k: _plain(v) for k, v in spelled_out(spec).items() if before.get(k) != v}
        label = _label(choice)
        factors[axis.name] = {
            "default": label,
            "settings": {label: {"network": fields}, FOUND: {}},
        }
    if not factors:
        raise AblationError(
            f"{base.name} differs from {space.base_name} in no choice of space {space.name}, so "
            "there is nothing to turn back. Name another trial."
        )
    content = {
        "schema_version": 1,
        "kind": "ablation",
        "description": f"Which choices of {base.name} matter: each turned back to what "
        f"{space.base_name}, the published network of space {space.name}, has there.",
        "network": space.base_name,
        "predictor": config.predictor,
        "data": config.data,
        "proxy": config.proxy.model_dump(),
        "recipe": None,
        "design": "leave_one_out",
        "factors": factors,
        "seeds": seeds,
        "seed": fresh_seeds(config, 1)[0],
        "split_seed": config.data_seed,
    }
    return validate(
        {key: value for key, value in content.items() if key == "recipe" or value is not None},
        AblationConfig,
        AblationError,
        where=f"the ablation around {base.name}",
    )


def _label(value: Value) -> str:
    return "×".join(map(str, value)) if isinstance(value, tuple) else str(value).lower()


def _plain(value: Value) -> object:
    return list(value) if isinstance(value, tuple) else value
