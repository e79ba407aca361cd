"""What each setting changes, beside the paper's numbers."""

import sys

import streamlit as st
from show import camera, caption, code, draw, heading, info, table, warning

from nasbench_mvit.errors import AblationError
from nasbench_mvit.figures.ablation.arms import latencies_figure
from nasbench_mvit.figures.ablation.effects import effects_figure
from nasbench_mvit.workbench.ablations.reports import (
    FILE,
    AblationReport,
    arm_table,
    effect_table,
    read_report,
    report_files,
)

ABLATE = "python -m nasbench_mvit ablate --study ablation_patch_size"


def page() -> None:
    files = report_files(sys.argv[1:])
    if not files:
        info(
            f"No ablation report lies in the folders that are open. A report is a file {FILE} in "
            "the folder of a run; docs/dashboard.md describes its format. This writes one below "
            "runs/:"
        )
        code(ABLATE)
        return
    with st.sidebar:
        camera()
    for number, path in enumerate(files):
        try:
            report = read_report(path)
        except AblationError as error:
            warning(str(error))
            continue
        heading(report.title)
        caption(str(path.parent))
        effects = report.table()
        figure = effects_figure(effects, report.metric, report.paper_metric, report.unit)
        draw(figure, f"effects{number}", alt="Effects with intervals, beside the paper's")
        caption(f"Intervals: {report.interval}. The paper's effects are about "
                         f"{report.paper_metric}, another metric.")  # fmt: skip
        table(effect_table(report), f"effects{number}")
        _arms(report, f"arms{number}")
        for note in report.notes:
            caption(note)


def _arms(report: AblationReport, key: str) -> None:
    """Show what each arm scored and costs, where the report says so."""
    if not report.arms:
        return
    caption(f"Arms; parameters, MACs and latency: {report.latency}.")
    table(arm_table(report), key)
    figure = latencies_figure(report.arm_table(), report.latency, "the paper's")
    draw(figure, f"{key}-latency", alt="Latencies of the arms with intervals, beside the paper's")


page()
