"""The training data of a surrogate, and the files made from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from nasbench_mvit.analysis.conformal import margin
from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import SurrogateError, listed
from nasbench_mvit.proxy.recipes import drawn_networks, spread_networks
from nasbench_mvit.search.batch.archive import Training
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.snapshot import software_versions
from nasbench_mvit.surrogate.files import COLUMNS, SURROGATES, TRAININGS, SurrogateDescription
from nasbench_mvit.surrogate.held_out import SURROGATE, HeldOut, hold_out, kendall, r2
from nasbench_mvit.surrogate.trainings import TrainedNetworks, chosen
from nasbench_mvit.table.benchmark import Benchmark
from nasbench_mvit.training.proxy.result import TrainingResult

RECIPE = "surrogate"
MIN_NETWORKS = 10  # required to estimate the held-out error; an interval requires nine
LIBRARY = "scikit-learn"

Results = Mapping[Training, TrainingResult]


@dataclass(frozen=True)
class Sources:
    """The sources of a surrogate's data.

    Attributes:
        study: the study with the recipe and the images of the trainings.
        space: the space of the drawn networks.
        images: fingerprint of the images.
        table: the table of another space, None without one.
    """

    study: StudyConfig
    space: SearchSpace
    images: str
    table: Benchmark | None


def plan(sources: Sources, count: int) -> list[Training]:
    """Return the trainings of ``count`` networks evenly spread over the MACs of the space.

    They are in random order, so that the finished ones are a random sample at any time. The
    published networks are omitted if the table has them.

    Args:
        sources: the space and the study.
        count: number of networks.
    """
    study = sources.study
    networks = spread_networks(sources.space, count, study.data_seed)
    known = set() if sources.table is None else {spec.id for spec in sources.table.specs()}
    trainings = []
    for name, spec in networks.items():
        if spec.id not in known and sources.space.contains(spec):
            known.add(spec.id)  # a small space gives the same network again
            trainings.append(
                Training(RECIPE, study.proxy, name, spec, sources.images, study.data_seed)
            )
    order = np.random.default_rng(study.data_seed).permutation(len(trainings))
    return [trainings[place] for place in order]


def check_table(sources: Sources) -> None:
    """Check that the table's trainings have the study's recipe and images.

    Raises:
        SurrogateError: they differ; the message names the table and the differences.
    """
    if sources.table is None:
        return
    about, proxy = sources.table.about, sources.study.proxy
    differing = [
        what
        for what, held, asked in (
            ("proxy", about.proxy_id, proxy.id),
            ("images", about.images, sources.images),
        )
        if held != asked
    ]
    if differing:
        raise SurrogateError(
            f"the table {about.name} was made with another {' and other '.join(differing)} than "
            "the study asks for, so its trainings do not belong to one surrogate with the others. "
            "Leave it out (`table=None`), or name a table of the study's by `table=`."
        )


def trainings_frame(sources: Sources, results: Results) -> pd.DataFrame:
    """Return one row per training: those of the table, then those of the space's networks.

    Networks of ``results`` outside the space are omitted, and trainings of the table count once.
    Networks that were not drawn, such as those chosen by a search, are a group of their own, since
    their errors differ from those of random ones.
    """
    rows = [] if sources.table is None else list(_of_table(sources.table))
    group_of = {str(row["spec_id"]): str(row["group"]) for row in rows}
    held = {(row["spec_id"], row["seed"]) for row in rows}
    group_of = dict.fromkeys(_drawn(sources), sources.space.name) | group_of
    rows += [
        _row(
            training.spec,
            group_of.get(training.spec.id, chosen(sources.space.name)),
            training.seed,
            top1=result.top1,
            cpu_seconds=result.cpu_seconds,
        )
        for training, result in results.items()
        if (training.spec.id, training.seed) not in held and sources.space.contains(training.spec)
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.sort_values(["group", "spec_id", "seed"], ignore_index=True)


def _drawn(sources: Sources) -> Iterator[str]:
    """Yield the ids of the networks that ``plan`` may draw, for any number of networks."""
    yield from (published(name).id for name in BASELINES)
    yield from (spec.id for spec in drawn_networks(sources.space, sources.study.data_seed))


def _of_table(table: Benchmark) -> Iterator[dict[str, object]]:
    for spec in table.specs():
        for seed in table.seeds(spec):
            end = table.query(spec, seed=seed)
            yield _row(spec, table.about.space, seed, top1=end.top1, cpu_seconds=end.cpu_seconds)


def _row(
    spec: MobileViTSpec, group: object, seed: int, *, top1: float, cpu_seconds: float
) -> dict[str, object]:
    return {
        "spec_id": spec.id,
        "spec": spec.to_json(),
        "group": group,
        "seed": seed,
        "top1": top1,
        "cpu_seconds": cpu_seconds,
    }


def count_networks(frame: pd.DataFrame, group: str) -> int:
    """Return the number of networks of a group in ``frame``."""
    return int(frame.loc[frame["group"] == group, "spec_id"].nunique())


def write_surrogate(
    folder: Path, sources: Sources, frame: pd.DataFrame, results: Results
) -> SurrogateDescription:
    """Score a surrogate on held-out networks, and write it.

    Args:
        folder: the folder, whose name is the surrogate's.
        sources: the sources of the trainings.
        frame: the trainings from ``trainings_frame``.
        results: the results of the space's networks.

    Raises:
        SurrogateError: there are too few networks, the trainings are not of one kind, or
            scikit-learn is not installed.
        OSError: a file, which the error names, cannot be written.
    """
    if (count := count_networks(frame, sources.space.name)) < MIN_NETWORKS:
        raise SurrogateError(
            f"{count} networks of {sources.space.name} are trained, and to know its own error a "
            f"surrogate needs {MIN_NETWORKS}. Run the same command again."
        )
    trained, study = TrainedNetworks.of(frame), sources.study
    about = {
        "name": folder.name,
        "description": _description(sources),
        "space": sources.space.name,
        "groups": {
            name: _group(held, frame[frame["group"] == name], _digest(sources, name))
            for name, held in hold_out(trained).items()
        },
        "data": study.data,
        "data_seed": study.data_seed,
        "images": sources.images,
        "proxy": study.proxy.model_dump(mode="json"),
        "proxy_id": study.proxy.id,
        "device": _only("device", sources, results),
        "precision": _only("precision", sources, results),
        "versions": software_versions() | {LIBRARY: metadata.version(LIBRARY)},
    }
    return SURROGATES.write(folder, about, {TRAININGS: frame})


def _only(what: Literal["device", "precision"], sources: Sources, results: Results) -> str:
    values = {str(getattr(result, what)) for result in results.values()}
    if sources.table is not None:
        values.add(str(getattr(sources.table.about, what)))
    if len(values) != 1:
        raise SurrogateError(
            f"the trainings differ in their {what} ({listed(sorted(values))}), and a surrogate is "
            "fitted to one kind. Build it anew in another `run_dir=`, or with `table=None`."
        )
    return next(iter(values))


def _description(sources: Sources) -> str:
    drawn = f"networks drawn from {sources.space.name}"
    if sources.table is None:
        return f"Fitted to {drawn}."
    return f"Fitted to the table {sources.table.about.name} and {drawn}."


def _digest(sources: Sources, group: str) -> str:
    if sources.table is not None and group == sources.table.about.space:
        return sources.table.about.space_digest
    return sources.space.digest


def _group(held: HeldOut, rows: pd.DataFrame, digest: str) -> dict[str, object]:
    errors = held.errors()
    expected = held.expected[SURROGATE]
    return {
        "space_digest": digest,
        "networks": int(rows["spec_id"].nunique()),
        "trainings": len(rows),
        "r2": r2(held.truth, expected),
        "tau": kendall(held.truth, expected),
        "error": float(np.sqrt(np.mean(errors**2))),
        "margin": margin(errors),
    }
