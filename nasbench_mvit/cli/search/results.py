"""The results of a search in the terminal: front, baselines, rivals and finalists."""

import math
import shlex
from collections import Counter
from pathlib import Path

from rich.console import Console

from nasbench_mvit.cli.shared.console import print_table
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
from nasbench_mvit.search.reports.text import EXTRAPOLATED_NOTE, readable_rows
from nasbench_mvit.search.results.claims import headline, note
from nasbench_mvit.search.results.summary import Summary
from nasbench_mvit.workbench.shared.completion import Completion
from nasbench_mvit.workbench.shared.deadline import SECONDS_PER_MINUTE
from nasbench_mvit.workbench.shared.words import duration
from nasbench_mvit.workbench.studies.findings import Findings
from nasbench_mvit.workbench.studies.open import RUNS
from nasbench_mvit.workbench.studies.plan import StudyPlan
from nasbench_mvit.workbench.studies.run import StudyResult


def print_plan(console: Console, plan: StudyPlan) -> None:
    """Print the cost of a study; nothing where it trains nothing."""
    cost = plan.cost
    if cost is None:
        return
    of_finalists = f" ({cost.of_finalists} of them of finalists)" if cost.of_finalists else ""
    console.print(
        f"plan: {cost.trainings} trainings{of_finalists}, "
        f"about {max(1.0, cost.core_seconds):,.0f} core-seconds, "
        f"about {duration(cost.minutes * SECONDS_PER_MINUTE)} with workers: {plan.workers} "
        "(estimated from a few steps of MobileViT-XS on this machine)"
    )
    if plan.prunes:
        console.print("that is without pruning, which ends many of the trainings early")


def print_findings(console: Console, findings: Findings) -> None:
    """Print what a search has found."""
    summary = findings.summary
    if summary.front:
        print_table(console, "Pareto front", readable_rows(summary.front, summary))
    else:
        console.print("no network within the limits has been trained to its end yet")
    baselines = readable_rows(summary.baselines, summary)
    print_table(console, "the paper's networks, same proxy", baselines)
    if summary.rivals:
        print_rivals(console, summary)
    states = Counter(row.state for row in summary.rows)
    counts = ", ".join(f"{count} {state}" for state, count in states.items())
    console.print(
        f"{summary.noise_note}\n"
        f"latency: {findings.latency}; in brackets its interval\n"
        f"{EXTRAPOLATED_NOTE}\n"
        f"hypervolume {summary.hypervolume:.4f}; trials: {counts}"
    )
    for line in findings.notes:
        console.print(line)
    if findings.exact is not None:
        console.print(findings.exact.note)


def print_rivals(console: Console, summary: Summary) -> None:
    """Print the rivals and the check of the claims over them."""
    print_table(console, RIVALS, readable_rows(summary.rivals, summary))
    check = summary.claims
    if check is None:
        return
    for row in claim_rows(check).itertuples(index=False):
        claim, paper, here, interval, p, verdict, _source = row
        console.print(f"{claim}: {here} {interval} points, p {p}: {verdict}; ImageNet-1k {paper}")
    console.print(headline(check))
    if check.checked:
        console.print(note(check))


def print_end(console: Console, result: StudyResult) -> None:
    """Print the finalists, where the reports are, and how to go on."""
    if result.final is not None:
        print_final(console, result.final)
    report = next(path for path in result.files if path.suffix == ".html")
    console.print(f"see {report}, front.json and CSV files beside it")
    if result.completion is Completion.INCOMPLETE:
        console.print("no network was trained to its end; the reasons stand above")
    elif result.completion is not Completion.DONE:
        console.print("the same command again goes on from here")
    elif result.summary.front:
        console.print(f"next: {_export_command(result)}")


def _export_command(result: StudyResult) -> str:
    """Return the command that exports the best network found, as it can be typed here."""
    best = max(result.summary.front, key=lambda row: row.top1)
    budget = math.ceil(best.latency_high_ms * 100) / 100
    command = "python -m nasbench_mvit export"
    if isinstance(result.place, Path):
        is_named = result.place == RUNS / result.place.name
        where = shlex.quote(result.place.name if is_named else str(result.place))
    else:
        where = f"{shlex.quote(result.name)} --storage URL"
    return f"{command} --study {where} --best-under {budget:g} --weights proxy --format onnx"


def print_final(console: Console, final: FinalSummary) -> None:
    """Print the results of the finalists."""
    console.print(f"{TITLE}\n{final_headline(final)}")
    print_table(console, "finalists and the paper's networks", network_rows(final))
    console.print(LEGEND)
    for name, words in verdict_rows(final).itertuples(index=False):
        console.print(f"{name}: {words}")
    if final.differences:
        print_table(console, DIFFERENCES, difference_rows(final))
    for name, text in notes(final).items():
        console.print(f"{name.lower()}: {text}")
