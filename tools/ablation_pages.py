"""The pages of ``docs/ablations``, made from the trainings that lie there."""

import functools
from collections.abc import Iterator
from pathlib import Path

from nasbench_mvit import catalogue
from nasbench_mvit.ablation.config import load_ablation
from nasbench_mvit.ablation.design import make_ablation
from nasbench_mvit.ablation.report import markdown
from nasbench_mvit.ablation.summary import summarise
from nasbench_mvit.ablation.trainings import plan
from nasbench_mvit.latency.predictor import load_predictor
from nasbench_mvit.search.archive import Archive
from nasbench_mvit.training.data import open_images
from nasbench_mvit.training.recipe import ProxyConfig


def ablation_pages(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield the page of every shipped study of which whole seeds are in ``folder``'s archive."""
    archive = Archive(folder / "trainings.parquet")
    for study in catalogue.names("ablations"):
        name, config = load_ablation(study)
        ablation = make_ablation(name, config)
        trainings = plan(ablation, functools.partial(_fingerprint, config.data))
        results = archive.finished(trainings)
        summary = summarise(ablation, trainings, results, {}, load_predictor(config.predictor))
        if summary.effects:
            yield folder / f"{name}.md", markdown(summary)


def _fingerprint(source: str, proxy: ProxyConfig) -> str:
    return open_images(source, cell_size=proxy.cell_size).fingerprint
