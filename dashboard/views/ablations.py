"""What each setting changes, beside the paper's numbers."""

import streamlit as st
from parts import draw, stores, table, words

from nasbench_mvit.dashboard.ablations import FILE, AblationError, read_report, report_files
from nasbench_mvit.figures.effects import effects_figure


def page() -> None:
    files = report_files(study.path.parent for study in stores().values())
    if not files:
        st.info(
            f"No ablation report lies in the folders that are open. A report is a file {FILE} in "
            "the folder of a run; docs/dashboard.md describes its format. Put one beside a study "
            "and open that folder:"
        )
        st.code("python -m nasbench_mvit.dashboard RUN_DIR", language="bash")
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


page()
