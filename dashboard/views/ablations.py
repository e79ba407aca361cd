"""What each setting changes, beside the paper's numbers."""

import sys

import streamlit as st
from parts import draw, table, words

from nasbench_mvit.ablation.results.document import FILE, AblationReport, read_report
from nasbench_mvit.dashboard.ablations import report_files
from nasbench_mvit.errors import AblationError
from nasbench_mvit.figures.ablation import latencies_figure
from nasbench_mvit.figures.effects import effects_figure

ABLATE = "python -m nasbench_mvit.ablate --study ablation_patch_size"


def page() -> None:
    files = report_files(sys.argv[1:])
    if not files:
        st.info(
            f"No ablation report lies in the folders that are open. A report is a file {FILE} in "
            "the folder of a run; docs/dashboard.md describes its format. This writes one below "
            "runs/:"
        )
        st.code(ABLATE, language="bash")
        return
    for number, path in enumerate(files):
        try:
            report = read_report(path)
        except AblationError as error:
            st.warning(words(error))
            continue
        effects = report.table()
        st.subheader(words(report.title))
        figure = effects_figure(effects, report.metric, report.paper_metric, report.unit)
        draw(figure, f"effects{number}", alt="Effects with intervals, beside the paper's")
        st.caption(words(f"Intervals: {report.interval}. The paper's effects are about "
                         f"{report.paper_metric}, another metric."))  # fmt: skip
        table(effects, f"effects{number}")
        _arms(report, f"arms{number}")
        for note in report.notes:
            st.markdown(f"- {words(note)}")


def _arms(report: AblationReport, key: str) -> None:
    """Show what each arm scored and costs, where the report says so."""
    if not report.arms:
        return
    arms = report.arm_table()
    st.caption(words(f"Arms; parameters, MACs and latency: {report.latency}."))
    table(arms, key)
    figure = latencies_figure(arms, report.latency, "the paper's")
    draw(figure, f"{key}-latency", alt="Latencies of the arms with intervals, beside the paper's")


page()
