"""Assembles the files of a table from trainings."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from nasbench_mvit.architecture.axis import Axis
from nasbench_mvit.architecture.block import FUSION_NAMES
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.benchmark.table_trainings import table_networks
from nasbench_mvit.cost.analytic import count_costs_many
from nasbench_mvit.errors import TableError, listed
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor
from nasbench_mvit.search.batch.archive import Training
from nasbench_mvit.search.samplers.by_name import Label, parameters
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.snapshot import software_versions
from nasbench_mvit.table.files import (
    COLUMNS,
    LATENCIES,
    NETWORKS,
    TABLES,
    TRAININGS,
    TableDescription,
)
from nasbench_mvit.training.proxy.result import TrainingResult

Results = Mapping[Training, TrainingResult]


def write_table(
    folder: Path,
    study: StudyConfig,
    space: SearchSpace,
    results: Results,
    predictors: Sequence[LatencyPredictor],
) -> TableDescription:
    """Write the table of a space whose networks, and the published ones, were all trained.

    Args:
        folder: the folder.
        study: the study with the recipe and the images of the trainings.
        space: the space of the networks.
        results: the results of the trainings.
        predictors: the predictors of the latencies.

    Raises:
        TableError: a network is missing, or the trainings are not of one kind.
        OSError: a file, which the error names, cannot be written.
    """
    specs = table_networks(space)
    trained = {training.spec.id for training in results}
    if missing := [spec.id for spec in specs if spec.id not in trained]:
        raise TableError(
            f"{len(missing)} of {len(specs)} networks for {space.name} are not trained yet. Run "
            "`python -m nasbench_mvit table build` to its end."
        )
    about = {
        "name": space.name,
        "description": space.description,
        "space": space.name,
        "space_digest": space.digest,
        "data": study.data,
        "data_seed": study.data_seed,
        "images": _only({training.images for training in results}, "images"),
        "proxy": study.proxy.model_dump(mode="json"),
        "proxy_id": study.proxy.id,
        "device": _only({result.device for result in results.values()}, "device"),
        "precision": _only({result.precision for result in results.values()}, "precision"),
        "predictors": {predictor.document.name: predictor.digest for predictor in predictors},
        "versions": software_versions(),
    }
    frames = {
        NETWORKS: networks_frame(space, specs),
        TRAININGS: trainings_frame(results),
        LATENCIES: latencies_frame(specs, predictors),
    }
    return TABLES.write(folder, about, frames)


def _only(values: set[str], what: str) -> str:
    if len(values) != 1:
        raise TableError(
            f"the trainings differ in their {what} ({listed(sorted(values))}), and a table holds "
            "one kind. Build it anew in another `run_dir=`."
        )
    return next(iter(values))


def networks_frame(space: SearchSpace, specs: Sequence[MobileViTSpec]) -> pd.DataFrame:
    """Return one row per network: its id, its costs, its choice on each axis, and its JSON.

    Axes that do not apply are empty, and all axes of a published network outside the space.
    """
    costs = count_costs_many(specs)
    facts = pd.DataFrame(
        {
            "spec_id": [spec.id for spec in specs],
            "spec": [spec.to_json() for spec in specs],
            "params": costs.params,
            "macs": costs.macs,
        }
    )
    choices = [parameters(space, spec) if space.contains(spec) else {} for spec in specs]
    labels = {axis.name: _column(axis, choices) for axis in space.varying()}
    return pd.concat([facts, pd.DataFrame(labels)], axis="columns")


def _column(axis: Axis, choices: Iterable[Mapping[str, Label]]) -> list[Label | None]:
    """Return the choices on an axis; a fusion by its name where one choice has nothing else."""
    values = [here.get(axis.name) for here in choices]
    if not any(label in FUSION_NAMES.values() for label in axis.labels()):
        return values
    return [None if value is None else FUSION_NAMES[value] for value in values]


def trainings_frame(results: Results) -> pd.DataFrame:
    """Return one row per training and fraction."""
    rows = [
        {"spec_id": training.spec.id, "seed": training.seed, **dataclasses.asdict(point)}
        for training, result in results.items()
        for point in result.curve
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS[TRAININGS]))
    return frame.sort_values(["spec_id", "seed", "fraction"], ignore_index=True)


def latencies_frame(
    specs: Sequence[MobileViTSpec], predictors: Sequence[LatencyPredictor]
) -> pd.DataFrame:
    """Return the estimates of each predictor, and its own rows of these networks."""
    rows = [row for predictor in predictors for row in _latencies(specs, predictor)]
    return pd.DataFrame(rows, columns=list(COLUMNS[LATENCIES]))


def _latencies(
    specs: Sequence[MobileViTSpec], predictor: LatencyPredictor
) -> Iterator[dict[str, object]]:
    estimates = predictor.predict_many(specs)
    target = predictor.document.name
    for place, spec in enumerate(specs):
        yield {
            "spec_id": spec.id,
            "target": target,
            "kind": estimates.kind,
            "ms": float(estimates.ms[place]),
            "low": float(estimates.low[place]),
            "high": float(estimates.high[place]),
            "extrapolating": bool(estimates.extrapolating[place]),
            "source": predictor.title,
        }
    ids = {spec.id for spec in specs}
    for row in predictor.document.rows:
        if row.spec_id in ids:
            yield {
                "spec_id": row.spec_id,
                "target": target,
                "kind": predictor.document.records.kind,
                "ms": row.measured_ms,
                "low": row.measured_ms,
                "high": row.measured_ms,
                "extrapolating": False,
                "source": row.source,
            }
