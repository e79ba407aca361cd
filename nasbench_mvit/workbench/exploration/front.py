"""The figure of the fronts of studies, and the best network within a budget."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from nasbench_mvit.architecture.published_tasks import BENCHMARKS
from nasbench_mvit.figures.pareto.figure import pareto_figure
from nasbench_mvit.figures.pareto.look import ParetoLabels, ParetoLook
from nasbench_mvit.search.reports.published_points import published_points
from nasbench_mvit.search.reports.text import cost_label, paper_label
from nasbench_mvit.workbench.exploration.several_studies import (
    accuracy_title,
    common_limit,
    score_title,
)
from nasbench_mvit.workbench.studies.study import Study


def front_figure(
    studies: Mapping[str, Study], tables: Mapping[str, pd.DataFrame], look: ParetoLook
) -> go.Figure:
    """Draw the front of the first study, with those of the others over it.

    The published networks stand at latencies of the first study's device.

    Args:
        studies: by key.
        tables: tables of the trials that are shown, by the same keys.
        look: colours, sizes and marks.
    """
    study = next(iter(studies.values()))
    task = study.config.proxy.task
    paper = published_points(study.predictor, study.summary.rivals, task)
    calibrations = [each.summary.calibration for each in studies.values()]
    labels = ParetoLabels(
        cost=cost_label(
            study.summary.rule,
            " and ".join(dict.fromkeys(each.device for each in studies.values())),
            [kind for each in studies.values() for kind in each.trials.latency_kind],
            paper.latency_kind,
            is_calibrated=any(calibrations),
        ),
        accuracy=accuracy_title(studies),
        paper=paper_label(paper, *calibrations, task=task, rule=study.summary.rule),
        score=score_title(studies.values()),
        paper_metric=BENCHMARKS[task].metric,
        noise={key: each.summary.noise for key, each in studies.items()},
        limit=common_limit(studies),
        rule=study.summary.rule,
    )
    rows = pd.concat([rows.assign(study=key) for key, rows in tables.items()])
    return pareto_figure(rows, paper, labels, look)
