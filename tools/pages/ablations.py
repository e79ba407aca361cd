"""The tables of ``docs/ablations``, made from the trainings in that folder."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from nasbench_mvit.ablation.design.config import load_ablation
from nasbench_mvit.ablation.design.design import make_ablation
from nasbench_mvit.ablation.design.trainings import plan
from nasbench_mvit.ablation.results.files import markdown
from nasbench_mvit.ablation.results.summarise import summarise
from nasbench_mvit.ablation.results.summary import AblationSummary
from nasbench_mvit.ablation.results.tables import effect_rows
from nasbench_mvit.ablation.results.text import report_text
from nasbench_mvit.io import catalogue
from nasbench_mvit.io.markdown import frame_table
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.search.batch.archive import Archive
from nasbench_mvit.workbench.ablations.run import fingerprints


def ablation_summaries(folder: Path) -> Iterator[AblationSummary]:
    """Yield the summary of each shipped study that has complete seeds in ``folder``'s archive."""
    archive = Archive(folder / "trainings.parquet")
    for study in catalogue.names("ablations"):
        name, config = load_ablation(study)
        ablation = make_ablation(name, config)
        trainings = plan(ablation, fingerprints(ablation, folder))
        results = archive.finished(trainings)
        summary = summarise(ablation, trainings, results, {}, load_predictor(config.predictor))
        if summary.effects:
            yield summary


def ablation_pages(
    folder: Path, summaries: Iterable[AblationSummary]
) -> Iterator[tuple[Path, str]]:
    """Yield the page of every study."""
    for summary in summaries:
        yield folder / f"{summary.ablation.name}.md", markdown(report_text(summary))


def effects_table(summaries: Iterable[AblationSummary]) -> str:
    """Return the effects of all studies in Markdown, each with a link to its page."""
    found = []
    for summary in summaries:
        name, rows = summary.ablation.name, effect_rows(summary)
        rows.insert(0, "study", f"[{name}]({name}.md)")
        rows.insert(3, "seeds", str(len(summary.seeds)))
        if summary.effects:
            rows["found with 80 %"] = f"{summary.smallest_effect(len(summary.seeds)):.1f}"
        found.append(rows)
    return frame_table(pd.concat(found)) + "\n" if found else "No study has complete seeds.\n"
