"""From the sources of a measurement to its networks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nasbench_mvit.architecture.network import mobilevit
from nasbench_mvit.architecture.published import PUBLISHED, published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import MeasurementError, check_types
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.latency.networks.choice import NetworkChoice, check_resolutions
from nasbench_mvit.latency.networks.file import read_networks
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor, load_predictor
from nasbench_mvit.latency.records.plan import PlannedNetwork
from nasbench_mvit.search.readers.find_run import find_run
from nasbench_mvit.search.results.row import Row
from nasbench_mvit.search.results.summary import summarise
from nasbench_mvit.search.study.config import predictor_of
from nasbench_mvit.search.trials.candidates import LimitCheck
from nasbench_mvit.workbench.measurements.sources import NetworkSources, SpaceSample, StudyFront

SOURCES = (MobileViTSpec, SpaceSample, StudyFront, str, Path)


@dataclass(frozen=True)
class Front:
    """The finalists of a study: its front and baselines, each network once.

    Attributes:
        study: its name.
        predictor_name: what the study predicts latencies with, as it names it.
        predictor: the same, loaded.
        rows: the networks.
    """

    study: str
    predictor_name: str
    predictor: LatencyPredictor
    rows: tuple[Row, ...]

    def planned(self) -> list[PlannedNetwork]:
        """Return them as networks to be measured."""
        return [
            PlannedNetwork(spec=mobilevit(row.network), origin=f"front: {row.name}")
            for row in self.rows
        ]


@dataclass(frozen=True)
class NamedNetworks:
    """The networks of all sources, each once or more, and the fronts among the sources."""

    planned: tuple[PlannedNetwork, ...]
    fronts: tuple[Front, ...]


def networks_of(sources: NetworkSources) -> NamedNetworks:
    """Return the networks of one source or several, in their order.

    Raises:
        WorkbenchError: a study, space, predictor or file is not usable.
    """
    planned: list[PlannedNetwork] = []
    fronts: list[Front] = []
    for source in _listed(sources):
        if isinstance(source, StudyFront):
            fronts.append(read_front(source.study))
            planned += fronts[-1].planned()
        elif isinstance(source, SpaceSample):
            planned += _of_space(source)
        elif source in PUBLISHED:
            planned.append(PlannedNetwork(spec=published(str(source)), origin="given"))
        elif isinstance(source, str | Path):
            found = read_networks(expanded(source))
            planned += [PlannedNetwork(spec=spec, origin="file") for spec in found]
        else:
            planned.append(PlannedNetwork(spec=source, origin="given"))
    return NamedNetworks(tuple(planned), tuple(fronts))


def _listed(
    sources: NetworkSources,
) -> Sequence[MobileViTSpec | SpaceSample | StudyFront | str | Path]:
    if isinstance(sources, SOURCES):
        return [sources]
    found = list(sources) if isinstance(sources, Iterable) else sources
    rule = (
        "networks to measure must be specs, like published('mobilevit_s'), SpaceSample(…), "
        "StudyFront(…), the name of a published network or the path of a file, or a list of these"
    )
    check_types(found, SOURCES, rule, MeasurementError)
    return found


def _of_space(sample: SpaceSample) -> list[PlannedNetwork]:
    space = SearchSpace.load(sample.space)
    predictor = load_predictor(sample.spread_by)

    def predict_ms(networks: object) -> NDArray[np.float64]:
        return predictor.predict_many(networks).ms  # type: ignore[arg-type]

    choice = NetworkChoice(
        space=space,
        resolutions=check_resolutions(space, sample.resolutions),
        predict_ms=predict_ms,
        seed=sample.seed,
    )
    spread = choice.sample(sample.size)
    return spread if sample.is_alone else [*choice.ends(), *choice.sweeps(), *spread]


def read_front(study: str) -> Front:
    """Return the finalists of a study, by its name or its run directory.

    Raises:
        WorkbenchError: there is no such study, it cannot be read, or it has no front yet.
    """
    reading = find_run(study).read()
    limits = LimitCheck(reading.config.limits, reading.config.rule)
    summary = summarise(reading.trials, reading.config, limits)
    if not summary.front:
        raise MeasurementError(
            f"no network of the study {reading.study} within its limits has been trained "
            "to its end. Continue the search."
        )
    rows = {row.spec_id: row for row in (*summary.front, *summary.baselines)}
    predictor = predictor_of(reading.config)
    name = reading.config.predictor or predictor.document.name
    return Front(reading.study, name, predictor, tuple(rows.values()))
