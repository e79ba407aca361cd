"""Which networks a ``measure`` command names: of a space, of a file, of a study's front."""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nasbench_mvit.architecture.network import mobilevit
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.networks.choice import NetworkChoice, check_resolutions
from nasbench_mvit.latency.networks.file import read_networks
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor, load_predictor
from nasbench_mvit.latency.records.plan import PlannedNetwork
from nasbench_mvit.search.readers.sqlite import StudyReader
from nasbench_mvit.search.results.summary import Row, summarise
from nasbench_mvit.search.store.location import STORE_FILE
from nasbench_mvit.search.study.config import predictor_of
from nasbench_mvit.search.trials.candidates import LimitCheck

RUNS = Path("runs")


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


def networks_of(options: argparse.Namespace, front: Front | None) -> list[PlannedNetwork]:
    """Return the networks that the command names, each once or more.

    Raises:
        WorkbenchError: a space, predictor or file is not usable.
    """
    networks: list[PlannedNetwork] = [] if front is None else front.planned()
    if options.specs is not None:
        networks += [
            PlannedNetwork(spec=network, origin="file") for network in read_networks(options.specs)
        ]
    if options.sample is not None:
        networks += _of_space(options)
    return networks


def _of_space(options: argparse.Namespace) -> list[PlannedNetwork]:
    space = SearchSpace.load(options.space)
    predictor = load_predictor(options.spread_by)

    def predict_ms(networks: object) -> NDArray[np.float64]:
        return predictor.predict_many(networks).ms  # type: ignore[arg-type]

    choice = NetworkChoice(
        space=space,
        resolutions=check_resolutions(space, options.resolutions),
        predict_ms=predict_ms,
        seed=options.seed,
    )
    if options.sample_only:
        return choice.sample(options.sample)
    return [*choice.ends(), *choice.sweeps(), *choice.sample(options.sample)]


def read_front(study: str) -> Front:
    """Return the finalists of a study, by its name or its run directory.

    Raises:
        WorkbenchError: there is no such study, it cannot be read, or it has no front yet.
    """
    folder = Path(study) if (Path(study) / STORE_FILE).is_file() else RUNS / study
    store = folder / STORE_FILE
    if not store.is_file():
        raise MeasurementError(
            f"--front: there is no {store}. Name a study that was searched here, or its run "
            "directory."
        )
    reading = StudyReader(store).read()
    summary = summarise(reading.trials, reading.config, LimitCheck(reading.config.limits))
    if not summary.front:
        raise MeasurementError(
            f"--front: no network of the study {reading.study} within its limits has been trained "
            "to its end. Let the search go on."
        )
    rows = {row.spec_id: row for row in (*summary.front, *summary.baselines)}
    predictor = predictor_of(reading.config)
    name = reading.config.predictor or predictor.document.name
    return Front(reading.study, name, predictor, tuple(rows.values()))
