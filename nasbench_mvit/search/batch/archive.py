"""Trainings without a study in one Parquet file, from which any cut resumes."""

import dataclasses
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.io.frames import ParquetArchive
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import FractionReport, TrainingResult

ENDED = 1.0
KEPT = "kept"
KEY = ["proxy_id", "spec_id", "images", "seed"]
_POINT = [field.name for field in dataclasses.fields(FractionReport)]
COLUMNS = ["network", "spec_id", "spec", "recipe", "proxy_id", "images", "seed", "device",
           "precision", *_POINT]  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Training:
    """One training.

    Attributes:
        recipe: name of the recipe in the plan.
        proxy: the recipe.
        network: name of the network in the plan.
        spec: the network.
        images: fingerprint of the images at the recipe's size.
        seed: seed of the training.
    """

    recipe: str
    proxy: ProxyConfig
    network: str
    spec: MobileViTSpec
    images: str
    seed: int

    @property
    def key(self) -> tuple[str, str, str, int]:
        """The fields that identify the training; names are not among them."""
        return self.proxy.id, self.spec.id, self.images, self.seed


class Archive(ParquetArchive):
    """Every finished training, one row for each part of its curve."""

    def __init__(self, path: Path) -> None:
        """Read what the file holds; none is an empty archive.

        Raises:
            StoreError: the file is damaged or something else.
        """
        remedy = "Move it away to train anew, or choose another `run_dir=`."
        super().__init__(path, COLUMNS, remedy=remedy)
        if not self.rows.empty:
            is_whole = self.rows.groupby(KEY)["fraction"].transform("max") == ENDED
            self.rows = self.rows[is_whole & self.rows["top1"].between(0, 1)].reset_index(drop=True)

    def finished(self, trainings: Iterable[Training]) -> dict[Training, TrainingResult]:
        """Return the results of the finished ones among ``trainings``."""
        curves = {key: rows.sort_values("step") for key, rows in self.rows.groupby(KEY)}
        return {
            training: _result(curves[training.key])
            for training in trainings
            if training.key in curves
        }

    def matching(self, proxy: ProxyConfig, images: str) -> dict[Training, TrainingResult]:
        """Return all trainings by a recipe on the images of a fingerprint, whoever planned them."""
        rows = self.rows[(self.rows["proxy_id"] == proxy.id) & (self.rows["images"] == images)]
        kept = rows.drop_duplicates(["spec_id", "seed"])
        return self.finished(
            Training(KEPT, proxy, network, MobileViTSpec.from_json(text), images, int(seed))
            for network, text, seed in kept[["network", "spec", "seed"]].itertuples(index=False)
        )

    def add(self, training: Training, result: TrainingResult) -> None:
        """Keep a result."""
        self.append(pd.DataFrame(_rows(training, result), columns=COLUMNS))


def _rows(training: Training, result: TrainingResult) -> list[dict[str, object]]:
    return [
        {
            "network": training.network,
            "spec_id": training.spec.id,
            "spec": training.spec.to_json(),
            "recipe": training.proxy.model_dump_json(),
            "proxy_id": training.proxy.id,
            "images": training.images,
            "seed": training.seed,
            "device": result.device,
            "precision": result.precision,
            **dataclasses.asdict(point),
        }
        for point in result.curve
    ]


def _result(rows: pd.DataFrame) -> TrainingResult:
    points = rows[_POINT].itertuples(index=False, name=None)
    curve = tuple(FractionReport(**dict(zip(_POINT, point, strict=True))) for point in points)
    return TrainingResult(
        curve=curve, device=rows["device"].iloc[0], precision=rows["precision"].iloc[0]
    )
