"""How a supernet ranks networks, held against trainings of the same networks alone."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from nasbench_mvit.analysis.ranking import LEVEL, Correlation, kendall, spearman
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.analytic import count_costs_many
from nasbench_mvit.errors import SupernetError
from nasbench_mvit.io.frames import ParquetArchive
from nasbench_mvit.io.markdown import markdown_table
from nasbench_mvit.search.batch.archive import Archive
from nasbench_mvit.supernet.description import SupernetDescription, in_gmacs
from nasbench_mvit.surrogate.held_out import unseen_estimates
from nasbench_mvit.surrogate.surrogate import Surrogate
from nasbench_mvit.table.benchmark import Benchmark
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import TrainingResult

MIN_NETWORKS = 10
PERCENT = 100.0
COLUMNS = ["supernet", "spec_id", "top1", "num_images", "cpu_seconds"]
Trainings = dict[MobileViTSpec, dict[int, float]]


class ScoreArchive(ParquetArchive):
    """The scores of networks by supernets, one row each."""

    def __init__(self, path: Path) -> None:
        """Read what the file holds.

        Raises:
            StoreError: the file is damaged or something else.
        """
        remedy = "Move it away to score anew, or choose another `run_dir=`."
        super().__init__(path, COLUMNS, remedy=remedy)

    def add(self, supernet: str, spec: MobileViTSpec, result: TrainingResult) -> None:
        """Keep a score."""
        row = [supernet, spec.id, result.top1, result.num_images, result.cpu_seconds]
        self.append(pd.DataFrame([row], columns=COLUMNS))

    def of(self, supernet: str) -> pd.DataFrame:
        """Return the scores by the supernet with this digest, by spec_id."""
        rows = self.rows[self.rows["supernet"] == supernet]
        return rows.drop_duplicates("spec_id").set_index("spec_id")


@dataclass(frozen=True, kw_only=True)
class SupernetRanks:
    """What N networks score in a supernet, and what they have come to alone.

    Attributes:
        specs: the networks.
        scores: top-1 with shared weights, (N,), fractions.
        alone: top-1 of their trainings by seed.
        num_images: images of a score.
        cpu_seconds: processor time of each score, (N,).
        estimates: top-1 that a surrogate fitted without each network estimates, (N,), fractions;
            None without a surrogate.
        groups: of the networks, by where they come from, (N,); None where that is not known.
        max_macs: most multiply-adds of the networks that the supernet trained; None for all.
    """

    specs: Sequence[MobileViTSpec]
    scores: Sequence[float]
    alone: Sequence[Mapping[int, float]]
    num_images: int
    cpu_seconds: Sequence[float]
    estimates: Sequence[float] | None = None
    groups: Sequence[str] | None = None
    max_macs: float | None = None

    def kendall(self) -> Correlation:
        """Return Kendall's τ of the scores with the mean top-1 alone."""
        return kendall(self.scores, self._means())

    def markdown(self) -> str:
        """Return rank correlations of the scores, of costs and of a second training, as a table."""
        parts = {"all": np.arange(len(self.specs))}
        named = np.array(self.groups or [])
        if len(names := list(dict.fromkeys(named.tolist()))) > 1:
            parts |= {name: np.flatnonzero(named == name) for name in names}
        beyond = np.zeros(len(self.specs), dtype=bool)
        if self.max_macs is not None:
            beyond = count_costs_many(self.specs).macs > self.max_macs
            if beyond.any():
                parts[f"≤ {in_gmacs(self.max_macs)}"] = np.flatnonzero(~beyond)
        rows = [
            [group, *cells]
            for group, places in parts.items()
            if len(places) >= MIN_NETWORKS
            for cells in self._correlations(places)
        ]
        header = ["networks", "ranked by", "their number", "Kendall τ", "Spearman ρ"]
        mean = float(np.mean(self.scores))
        error = math.sqrt(mean * (1 - mean) / self.num_images)
        larger = (
            f" {beyond.sum()} networks are larger than any that the supernet trained itself."
            if beyond.any()
            else ""
        )
        return (
            f"{markdown_table(header, rows)}\n\nAgainst the mean top-1 of networks trained alone, "
            f"in brackets the {LEVEL:.0%} bootstrap interval over networks. A score is of "
            f"{self.num_images:,} images, with a standard error of {error * PERCENT:.1f} points at "
            f"its mean of {mean:.1%}, and took {np.mean(self.cpu_seconds):.1f} core-seconds."
            f"{larger}"
        )

    def _correlations(self, places: NDArray[np.intp]) -> Iterator[list[str]]:
        """Yield how the networks at some places are ranked, by each way."""
        costs = count_costs_many([self.specs[place] for place in places])
        against = np.array(self._means())[places]
        ways: dict[str, ArrayLike] = {"shared weights": np.array(self.scores)[places]}
        if self.estimates is not None:
            ways["a surrogate fitted without the network"] = np.array(self.estimates)[places]
        ways |= {"params": costs.params, "MACs": costs.macs}
        for way, values in ways.items():
            yield _ranked(way, values, against)
        alone = [list(self.alone[place].values()) for place in places]
        pairs = [tops[:2] for tops in alone if len(tops) > 1]
        if len(pairs) >= MIN_NETWORKS:
            one, other = np.array(pairs).T
            yield _ranked("a second training, against the first", one, other)

    def _means(self) -> list[float]:
        return [float(np.mean([*tops.values()])) for tops in self.alone]


def _ranked(way: str, values: ArrayLike, against: ArrayLike) -> list[str]:
    """Return the cells of one way of ranking: its name, how many networks, and the correlations."""
    cells = (len(np.asarray(against)), kendall(values, against), spearman(values, against))
    return [way, *map(str, cells)]


def trained_alone(against: str | Path, about: SupernetDescription) -> Trainings:
    """Return top-1 of networks trained alone, by a supernet's proxy on its images.

    Args:
        against: name or folder of a benchmark table, or a ``trainings.parquet`` of a run.
        about: the supernet.

    Raises:
        WorkbenchError: there is no such table, or fewer than ``MIN_NETWORKS`` networks.
    """
    proxy = ProxyConfig.model_validate(about.proxy)
    if Path(against).suffix == ".parquet":
        found = _of_archive(Archive(Path(against)), proxy, about.images)
    else:
        found = _of_table(Benchmark.load(against), proxy, about.images)
    check_enough(
        found,
        f"{against} has {len(found)} networks that were trained alone by the proxy of the supernet "
        f"({proxy.id}) on its images",
    )
    return found


def check_enough(networks: Trainings, found: str) -> None:
    """Check that there are enough networks to rank.

    Args:
        networks: the networks.
        found: what was found, for the message.

    Raises:
        SupernetError: there are fewer than ``MIN_NETWORKS``.
    """
    if len(networks) < MIN_NETWORKS:
        raise SupernetError(
            f"{found}, and ranks need {MIN_NETWORKS}. Name a table or a trainings.parquet of that "
            "proxy with `against=`, of networks in the supernet's space."
        )


def surrogate_estimates(
    surrogate: Surrogate, specs: Sequence[MobileViTSpec], about: SupernetDescription
) -> list[float]:
    """Return the top-1 of networks estimated by a surrogate fitted without each, fractions.

    Raises:
        SupernetError: the surrogate is of another proxy or other images than the supernet.
        SurrogateError: scikit-learn is not installed.
    """
    proxy = ProxyConfig.model_validate(about.proxy)
    found, wanted = surrogate.about, (proxy.id, about.images)
    if (found.proxy_id, found.images) != wanted:
        raise SupernetError(
            f"the surrogate {found.name} estimates trainings by the proxy {found.proxy_id} on "
            f"images {found.images}, and the supernet is of {proxy.id} on {about.images}. Name a "
            "surrogate of these with `surrogate=`, or leave it out."
        )
    estimates: list[float] = unseen_estimates(surrogate.trained, specs).tolist()
    return estimates


def _of_archive(archive: Archive, proxy: ProxyConfig, images: str) -> Trainings:
    found: Trainings = {}
    for training, result in archive.matching(proxy, images).items():
        found.setdefault(training.spec, {})[training.seed] = result.top1
    return found


def _of_table(table: Benchmark, proxy: ProxyConfig, images: str) -> Trainings:
    if (table.about.proxy_id, table.about.images) != (proxy.id, images):
        return {}
    return {
        spec: {seed: table.query(spec, seed=seed).top1 for seed in table.seeds(spec)}
        for spec in table.specs()
    }
