"""The noise between seeds of a recipe, from the repeated trainings of the shipped table; no torch.

A study repeats a few networks; the table repeats dozens by the same recipe on the same images, and
so knows the noise of one training better.
"""

import functools
from dataclasses import dataclass

from nasbench_mvit.analysis.statistics import pooled_sd
from nasbench_mvit.table.benchmark import DEFAULT
from nasbench_mvit.table.files import COLUMNS, TABLES, TRAININGS, TableDescription


@dataclass(frozen=True, kw_only=True)
class SeedNoise:
    """How much a score varies between seeds.

    Attributes:
        sd: standard deviation of the top-1 (a fraction) of whole trainings, pooled over networks.
        freedom: its degrees of freedom.
        source: the networks it rests on, in words.
    """

    sd: float
    freedom: int
    source: str


def shipped_noise(proxy_id: str, data: str) -> SeedNoise | None:
    """Return the noise of a recipe by the shipped table, None where that is of another recipe.

    Args:
        proxy_id: identifier of the recipe.
        data: the images, as a study names them. Those of the table come with this package, so that
            an equal name is an equal fingerprint.

    Raises:
        TableError: the shipped table is damaged.
    """
    about, noise = _of_table()
    return noise if (proxy_id, data) == (about.proxy_id, about.data) else None


@functools.cache
def _of_table() -> tuple[TableDescription, SeedNoise]:
    about, frames = TABLES.read(TABLES.packaged / DEFAULT, {TRAININGS: COLUMNS[TRAININGS]})
    whole = frames[TRAININGS].query("fraction == 1")
    repeated = [
        scores.tolist() for _, scores in whole.groupby("spec_id")["top1"] if len(scores) > 1
    ]
    return about, SeedNoise(
        sd=pooled_sd(repeated),
        freedom=sum(len(scores) - 1 for scores in repeated),
        source=f"{len(repeated)} networks of the table {about.name}, trained alike with more than "
        "one seed",
    )
