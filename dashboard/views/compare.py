"""Two to five networks side by side: numbers, curves, parts, what differs."""

from collections.abc import Mapping

import streamlit as st
from chosen import chosen_studies, title
from notes import notes_of
from show import caption, draw, folded, heading, info, sentences, table, warning

from nasbench_mvit.figures.curves import curves_figure
from nasbench_mvit.figures.parts import compared_parts_figure
from nasbench_mvit.workbench.exploration import comparison
from nasbench_mvit.workbench.exploration.comparison import Compared
from nasbench_mvit.workbench.exploration.several_studies import incomparable, score_title
from nasbench_mvit.workbench.studies.study import Study


def page() -> None:
    studies = chosen_studies(several=True)
    title(*next(iter(studies.items())))
    networks = choose(studies)
    if len(networks) < comparison.FEWEST:
        info("Choose two to five networks, here or by a box or lasso on the Pareto page.")
        return
    concerned = {key: study for key, study in studies.items()
                 if any(one.study is study for one in networks)}  # fmt: skip
    if reasons := incomparable(concerned):
        warning(sentences(*reasons))
    table(comparison.side_by_side(networks), "comparison")
    caption("Differences are from the first network. Of accuracies: ± is one standard deviation of "
            "the noise between seeds.")  # fmt: skip
    for key, study in concerned.items():
        of = f"{key}. " if len(concerned) > 1 else ""
        caption(of + sentences(study.latency_title, study.summary.noise_note))
    learning(networks)
    parts_of(networks)
    heading("What differs")
    table(comparison.compared_fields(networks), "differences",
          none="They are the same in every field.")  # fmt: skip


def choose(studies: Mapping[str, Study]) -> list[Compared]:
    """Let the user choose networks, by default the most accurate on the front and the published."""
    rows: dict[str, Compared] = {}
    for key, study in studies.items():
        notes = notes_of(study)
        for row in study.summary.rows:
            label = _label(key, row.name, row.trial, studies)
            rows[f"{key}:{row.trial}"] = Compared(label, study, row, notes.of(row.trial))
    summary = next(iter(studies.values())).summary
    likely = [*summary.front[-1:], *summary.baselines]
    key = next(iter(studies))
    asked = [name for name in st.query_params.get_all("networks") if name in rows]
    default = asked or list(dict.fromkeys(f"{key}:{row.trial}" for row in likely))
    chosen = st.multiselect(
        "Networks", list(rows), default=default[: comparison.MOST], key="networks",
        format_func=lambda name: rows[name].label, max_selections=comparison.MOST,
    )  # fmt: skip
    st.query_params["networks"] = chosen
    return [rows[name] for name in chosen]


def _label(key: str, name: str, trial: int, studies: Mapping[str, Study]) -> str:
    own = name if name.endswith(str(trial)) else f"{name}, trial {trial}"
    return f"{own} of {key}" if len(studies) > 1 else own


def learning(networks: list[Compared]) -> None:
    """Show the learning curves over each other."""
    heading("Learning curves")
    curves = comparison.compared_curves(networks)
    if curves.empty:
        info("No training of them has begun.")
        return
    score = score_title(one.study for one in networks)
    draw(curves_figure(curves, score), "curves", alt="Score of each network over its training")
    folded(curves, "curves")


def parts_of(networks: list[Compared]) -> None:
    """Show costs and predicted milliseconds of each part of each network."""
    parts = comparison.compared_parts(networks)
    if not parts:
        return
    heading("Where the milliseconds go")
    kinds = " or ".join(dict.fromkeys(one.row.latency_kind for one in networks))
    draw(compared_parts_figure(parts, f"{kinds} latency, ms"), "parts",
         alt="Milliseconds, MACs and parameters of each part, a bar for each network")  # fmt: skip
    folded(comparison.milliseconds(parts), "parts", label="Milliseconds as a table")


page()
