"""Accuracy against latency or memory, the front, and what it gained over the published networks."""

from dataclasses import replace

import pandas as pd
import streamlit as st
from chosen import chosen_studies, filters_of, link_here, noted_trials, shown, title
from notes import edit
from picked import links, pick, picked
from show import caption, draw, folded, heading, info, section, sentences, success, warning

from nasbench_mvit.errors import StudyError
from nasbench_mvit.figures.columns import quantity
from nasbench_mvit.figures.hypervolume import hypervolume_figure
from nasbench_mvit.figures.pareto.look import ParetoLook
from nasbench_mvit.workbench.exploration import sections
from nasbench_mvit.workbench.exploration.filters import filterable, is_range
from nasbench_mvit.workbench.exploration.front import front_figure
from nasbench_mvit.workbench.exploration.growth import hypervolume_curves, hypervolume_note
from nasbench_mvit.workbench.exploration.several_studies import facts, incomparable, score_title
from nasbench_mvit.workbench.exploration.tables import titled
from nasbench_mvit.workbench.studies.study import Study


def page() -> None:
    studies = chosen_studies(several=True)
    key, study = next(iter(studies.items()))
    title(key, study)
    caption(study.config.description)
    what_to_take(study)
    score = score_title(studies.values())
    filters = filters_of(noted_trials(study), score)
    tables = {name: shown(each, filters) for name, each in studies.items()}
    link_here()
    look = choose_look(key, study, tables[key])
    chosen = picked(tables)
    look = replace(look, picked=frozenset(chosen))
    links(chosen, tables, score)
    if reasons := incomparable(studies):
        warning(sentences(*reasons))
    figure = front_figure(studies, tables, look)
    figure.update_layout(height=640 if study.summary.calibration is None else 880)
    draw(
        figure,
        "pareto",
        alt=f"Accuracy against {study.summary.rule.noun} of every network of the study",
        on_select=lambda: pick("pareto"),
    )
    folded(titled(tables[key], study.summary.score), "networks", key, label="All points as a table")
    for name, each in studies.items():
        of = f"{name}. " if len(studies) > 1 else ""
        caption(of + sentences(*facts(each)))
    rows = tables[key]
    for part in (
        *sections.front(study, set(rows[rows.on_front].trial)),
        *sections.rival_sections(study),
        *sections.last_word(study),
    ):
        section(part, key)
    hypervolume(studies)
    edit(key, study, None)


def what_to_take(study: Study) -> None:
    """Show which network to take and how sure that is, and what makes the study say less."""
    advice = sections.advice(study)
    info(sentences(*advice.said))
    if advice.notes:
        warning(sentences(*advice.notes))


def choose_look(key: str, study: Study, rows: pd.DataFrame) -> ParetoLook:
    """Let the user choose colour, size, budget and intervals for the ``rows`` shown of a study."""
    columns = filterable(rows)
    numbers = [name for name in columns if is_range(rows, name) or name.endswith(("dim", "depth"))]

    def label(column: str) -> str:
        return column_label(column, study.summary.score)

    color, size, budget, bars = st.columns([3, 3, 3, 2], vertical_alignment="bottom")
    with color:
        color_by = st.selectbox("Colour", columns, index=None, format_func=label, key="color",
                                placeholder="the front", bind="query-params")  # fmt: skip
    with size:
        size_by = st.selectbox("Size", numbers, index=None, format_func=label, key="size",
                               placeholder="the same for all", bind="query-params")  # fmt: skip
    with budget:
        budget_ms = st.number_input(
            "Latency budget, ms", min_value=0.0, value=None, step=0.5, key="budget",
            placeholder="none", bind="query-params",
            help="For the upper end of a network's latency interval.",
        )  # fmt: skip
    with bars:
        intervals = st.toggle("Intervals", value=True, key="bars", bind="query-params")
    best = None if budget_ms is None else best_of(study, rows, budget_ms)
    return ParetoLook(
        color_by=color_by,
        size_by=size_by,
        budget_ms=budget_ms,
        best_trial=None if best is None else (key, best),
        intervals=intervals,
    )


def best_of(study: Study, rows: pd.DataFrame, budget_ms: float) -> int | None:
    """Show the best network shown within a budget; return its trial, None without one."""
    try:
        best = study.best_under(budget_ms, among=set(rows.trial))
    except StudyError:
        info(
            f"No network shown keeps the study's limits, and {budget_ms:g} ms at the upper end of "
            "its interval."
        )
        return None
    success(
        f"Best within {budget_ms:g} ms: {best.name}, {study.summary.score} {best.top1:.1%}, "
        f"{best.latency_ms:.2f} ms, at most {best.latency_high_ms:.2f}."
    )
    return best.trial


def column_label(column: str, score: str) -> str:
    return quantity(column, score).label


def hypervolume(studies: dict[str, Study]) -> None:
    """Show how good the front had become, over trials or time."""
    heading("Hypervolume")
    against = st.segmented_control(
        "over", ["trials", "minutes"], default="trials", key="over", bind="query-params",
        required=True,
    )  # fmt: skip
    curves, baselines = hypervolume_curves(studies)
    if curves.empty:
        info("No trial has ended yet.")
        return
    first = next(iter(studies.values()))
    figure = hypervolume_figure(curves, str(against), baselines, first.summary.rule.unit)
    draw(figure, "hypervolume", alt="Hypervolume of the front as the search went on")
    caption(hypervolume_note(first))


page()
