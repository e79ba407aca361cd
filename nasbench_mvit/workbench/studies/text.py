"""The results of a search as a person reads them: sentences, and tables under their titles."""

from collections.abc import Iterable, Iterator, Mapping

import pandas as pd

from nasbench_mvit.architecture.published_tasks import BENCHMARKS
from nasbench_mvit.search.finalists.report import (
    DIFFERENCES,
    LEGEND,
    TITLE,
    difference_rows,
    network_rows,
    verdict_rows,
)
from nasbench_mvit.search.finalists.summary import FinalSummary
from nasbench_mvit.search.finalists.text import headline as final_headline
from nasbench_mvit.search.finalists.text import notes
from nasbench_mvit.search.reports.rivals import TITLE as RIVALS
from nasbench_mvit.search.reports.rivals import claim_rows
from nasbench_mvit.search.reports.text import (
    extrapolated_note,
    imagenet_note,
    readable_rows,
    rule_note,
)
from nasbench_mvit.search.results.cautions import Caution
from nasbench_mvit.search.results.claims import headline, note
from nasbench_mvit.search.results.summary import Summary
from nasbench_mvit.workbench.studies.findings import Findings

NO_FRONT = "no network within the limits has been trained to its end yet"

#: A line, or a title and the rows of text under it.
Part = str | tuple[str, pd.DataFrame]


def summary_text(summary: Summary, latency: str) -> Iterator[Part]:
    """Yield the front, the published networks, rivals, and what their columns mean.

    Args:
        summary: what was found.
        latency: how its latencies came about, in words.
    """
    front = "Pareto front", readable_rows(summary.front, summary)
    yield front if summary.front else NO_FRONT
    if not summary.baselines:
        return
    yield "published networks, same proxy", readable_rows(summary.baselines, summary)
    yield from rivals_text(summary)
    yield summary.noise_note
    if note := imagenet_note(summary):
        yield f"ImageNet top-1: {note}"
    yield f"latency: {latency}; in brackets its interval"
    yield rule_note(summary)
    if star := extrapolated_note(summary):
        yield star
    yield f"hypervolume {summary.hypervolume:.4f}"


def findings_text(findings: Findings) -> Iterator[Part]:
    """Yield the results of a search: fronts, counts, notes and cautions."""
    yield from summary_text(findings.summary, findings.latency)
    yield counts_text(findings.summary.counts)
    yield from findings.notes
    if findings.exact is not None:
        yield findings.exact.note
    yield from cautions_text(findings.cautions)


def counts_text(counts: Mapping[str, int]) -> str:
    """Return the numbers of trials by state in words."""
    return "trials: " + ", ".join(f"{count:,} {state}" for state, count in counts.items())


def cautions_text(cautions: Iterable[Caution]) -> Iterator[str]:
    """Yield the reasons to trust results less, a line each."""
    for caution in cautions:
        yield f"caution: {caution}."


def rivals_text(summary: Summary) -> Iterator[Part]:
    """Yield the rivals and the check of the claims over them, nothing where there are none."""
    if summary.rivals:
        yield RIVALS, readable_rows(summary.rivals, summary)
    check = summary.claims
    if not summary.rivals or check is None:
        return
    images = BENCHMARKS[check.task].images
    for row in claim_rows(check).itertuples(index=False):
        claim, paper, here, interval, p, verdict, _source = row
        yield f"{claim}: {here} {interval} points, p {p}: {verdict}; {images} {paper}"
    yield headline(check)
    if check.checked:
        yield note(check)


def final_text(final: FinalSummary) -> Iterator[Part]:
    """Yield the results of the finalists."""
    yield f"{TITLE}\n{final_headline(final)}"
    yield "finalists and the published networks", network_rows(final)
    yield LEGEND
    for name, words in verdict_rows(final).itertuples(index=False):
        yield f"{name}: {words}"
    if final.differences:
        yield DIFFERENCES, difference_rows(final)
    for name, text in notes(final).items():
        yield f"{name.lower()}: {text}"
