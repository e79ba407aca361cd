"""The plan of the networks to measure on a target, stored with the records and only extended."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.io.text_files import read_text, write_text
from nasbench_mvit.io.validation import validate_json
from nasbench_mvit.latency.fields import Strict, Text
from nasbench_mvit.latency.records.record import Network

PLAN_FILE = "plan.json"
SCHEMA_VERSION: Final = 1
# The fastest of the first paper's networks: a bracket costs little and holds many samples.
REFERENCE = "mobilevit_xxs"


class PlannedNetwork(Strict):
    """A network to be measured; ``origin`` is a description of the reason."""

    spec: Network
    origin: Text


class MeasurementPlan(Strict):
    """The networks of one run.

    Attributes:
        seed: seed of the orders in which passes visit the networks.
        reference: the network at both ends of every block.
        networks: the candidates, each once.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    seed: Annotated[int, Field(ge=0)]
    reference: Network
    networks: tuple[PlannedNetwork, ...]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        ids = [network.spec.id for network in self.networks]
        if len(set(ids)) < len(ids):
            raise ValueError("a network is repeated")
        return self

    @classmethod
    def empty(cls, seed: int) -> Self:
        """Return a plan without networks."""
        return cls(seed=seed, reference=published(REFERENCE), networks=())

    def extended(self, networks: Iterable[PlannedNetwork]) -> Self:
        """Return the plan extended by the new ones of ``networks``, in their order."""
        known = {network.spec.id: network for network in self.networks}
        for network in networks:
            known.setdefault(network.spec.id, network)
        return self.model_copy(update={"networks": tuple(known.values())})

    @property
    def specs(self) -> list[MobileViTSpec]:
        """The specs of the networks."""
        return [network.spec for network in self.networks]


def read_plan(folder: Path, seed: int) -> MeasurementPlan:
    """Return the plan in ``folder``, or an empty one if there is none.

    Raises:
        MeasurementError: the file is damaged, or has another seed.
    """
    path = folder / PLAN_FILE
    try:
        text = read_text(path)
    except FileNotFoundError:
        return MeasurementPlan.empty(seed)
    except OSError as problem:
        raise MeasurementError(f"{path} cannot be read: {problem.strerror}. {_REMEDY}") from None
    plan = validate_json(text, MeasurementPlan, _PlanError, where=str(path))
    if plan.seed != seed:
        raise MeasurementError(
            f"{path} was begun with the seed {plan.seed}, not {seed}. Give `seed=` {plan.seed}, or "
            "another `run_dir=`."
        )
    return plan


_REMEDY = "Remove it: the command that made it makes it again, and the records stay."


class _PlanError(MeasurementError):
    def __init__(self, message: str) -> None:
        super().__init__(f"{message} {_REMEDY}")


def write_plan(folder: Path, plan: MeasurementPlan) -> None:
    """Write the plan into ``folder`` atomically."""
    text = json.dumps(plan.model_dump(mode="json"), indent=1)
    write_text(folder / PLAN_FILE, text + "\n")
