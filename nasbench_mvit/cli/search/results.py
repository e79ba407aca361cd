"""The plan and the end of a search in the terminal."""

from rich.console import Console

from nasbench_mvit.cli.shared.console import print_parts
from nasbench_mvit.errors import counted
from nasbench_mvit.workbench.shared.completion import Completion
from nasbench_mvit.workbench.shared.deadline import SECONDS_PER_MINUTE
from nasbench_mvit.workbench.shared.words import duration
from nasbench_mvit.workbench.studies.plan import StudyPlan
from nasbench_mvit.workbench.studies.run import StudyResult
from nasbench_mvit.workbench.studies.text import final_text


def print_plan(console: Console, plan: StudyPlan) -> None:
    """Print the cost of a study, or nothing if it trains no networks."""
    cost = plan.cost
    if cost is None:
        return
    shares = {"published networks": cost.of_baselines, "finalists": cost.of_finalists}
    of_them = ", ".join(f"{number} of {whom}" for whom, number in shares.items() if number)
    if cost.of_finalists == cost.trainings:
        of_them += "; the search itself trains nothing and is not counted"
    console.print(
        f"plan: {counted(cost.trainings, 'training')}{of_them and f' ({of_them})'}, "
        f"about {max(1.0, cost.core_seconds):,.0f} core-seconds, "
        f"about {duration(cost.minutes * SECONDS_PER_MINUTE)} with workers: {plan.workers} "
        "(estimated from a few steps of MobileViT-XS on this machine)"
    )
    console.print(
        f"updates are {cost.update_share:.0%} of a training; the rest is scoring it, checkpoints "
        "and its start"
    )
    if plan.prunes:
        console.print("that is without pruning, which ends many of the trainings early")


def print_end(console: Console, result: StudyResult) -> None:
    """Print the finalists, where the reports are, and how to go on."""
    if result.final is not None:
        print_parts(console, final_text(result.final))
    report = next(path for path in result.files if path.suffix == ".html")
    console.print(f"see {report}, front.json and CSV files beside it")
    if result.completion is Completion.INCOMPLETE:
        console.print("no network was trained to its end; the reasons stand above")
    elif result.completion is not Completion.DONE:
        console.print("the same command again goes on from here")
    else:
        console.print(f"next: {result.next_command}")
