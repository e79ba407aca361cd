"""The terminal of an ablation: the plan, the trainings as they end, what they amount to."""

from collections.abc import Sequence

import pandas as pd
from rich.console import Console

from nasbench_mvit.cli.shared.console import print_table
from nasbench_mvit.cli.shared.trainings_console import TrainingsConsole
from nasbench_mvit.errors import counted
from nasbench_mvit.workbench.ablations.plan import AblationPlan
from nasbench_mvit.workbench.ablations.result import AblationObserver, AblationResult
from nasbench_mvit.workbench.shared.words import duration


class AblationConsole(TrainingsConsole, AblationObserver):
    """Shows studies, their trainings and what they have found."""

    def study(self, name: str, description: str) -> None:
        """Print what a study is about."""
        self.note(f"study {name}: {description}")

    def reported(self, result: AblationResult) -> None:
        """Print what a study has found, and where its files are."""
        console, text = self._console, result.text
        console.print(text.about)
        print_table(console, "arms, the reference first", text.arms)
        console.print(text.legend)
        if len(text.effects):
            print_table(console, "effects", text.effects)
            console.print(f"intervals: {text.interval}.")
        _print_recipe_and_notes(console, text.recipe, text.notes)
        page = result.folder / "report.html"
        console.print(f"see {page}, report.md, CSV and LaTeX files beside it\n")


def show_plan(console: Console, plan: AblationPlan) -> None:
    """Print arms, recipes, costs and expected minutes."""
    for study in plan.studies:
        text = study.text
        console.print(f"study {text.name}: {text.description}\n{text.about}")
        print_table(console, f"arms; costs and latency of {text.costs_of}", text.design)
        _print_recipe_and_notes(console, text.recipe, text.notes)
        console.print(
            f"{counted(study.num_trainings, 'training')}: {study.num_done} done, "
            f"{study.num_shared} shared "
            f"with a study above, {study.num_new} to do\n"
        )
    if not plan.num_trainings:
        console.print("plan: no trainings, all are done")
        return
    console.print(
        f"plan: {counted(plan.num_trainings, 'training')}, about "
        f"{max(1.0, plan.core_seconds):,.0f} "
        f"core-seconds, about {duration(plan.seconds)} with workers: {plan.workers} "
        "(estimated from a few steps of MobileViT-XS on this machine)"
    )


def _print_recipe_and_notes(console: Console, recipe: pd.DataFrame, notes: Sequence[str]) -> None:
    if len(recipe):
        print_table(console, "the recipe at this scale", recipe)
    for note in notes:
        console.print(f"- {note}")
