"""A report in parts that are text already, the same for the terminal, the page and the files."""

from dataclasses import dataclass

import pandas as pd

from nasbench_mvit.ablation.results.sentences import about, interval, legend, network_title, notes
from nasbench_mvit.ablation.results.summary import AblationSummary
from nasbench_mvit.ablation.results.tables import COUNTED, arm_rows, effect_rows, scaling_rows


@dataclass(frozen=True, kw_only=True)
class ReportText:
    """The parts of a report; a table without rows is left out of what is shown.

    Attributes:
        name, description: name and description of the study.
        about: what the numbers are and how far the study is.
        costs_of: the network whose costs and latencies stand beside the arms.
        metric: name of the score.
        arms: the arms, the reference first.
        legend: legend of ``arms``.
        effects: the effects, none before two seeds are whole.
        interval: what an interval of an effect is.
        recipe: the paper's recipe beside the one at this scale, where the two differ.
        notes: what the study can and cannot show, each in a sentence.
    """

    name: str
    description: str
    about: str
    costs_of: str
    metric: str
    arms: pd.DataFrame
    legend: str
    effects: pd.DataFrame
    interval: str
    recipe: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def design(self) -> pd.DataFrame:
        """The arms without the columns that only trainings fill."""
        return self.arms.drop(columns=[f"{self.metric}, %", *COUNTED])


def report_text(summary: AblationSummary) -> ReportText:
    """Return the parts of the report of an ablation."""
    ablation = summary.ablation
    return ReportText(
        name=ablation.name,
        description=ablation.config.description,
        about=about(summary),
        costs_of=network_title(ablation.full_size),
        metric=summary.metric,
        arms=arm_rows(summary),
        legend=legend(summary),
        effects=effect_rows(summary),
        interval=interval(summary),
        recipe=scaling_rows(summary),
        notes=tuple(notes(summary)),
    )
