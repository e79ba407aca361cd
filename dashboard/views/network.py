"""One network: what it is, where its milliseconds go, how it learned, what lies next to it."""

import streamlit as st
from parts import chosen_views, draw, folded, sentences, table, words

from nasbench_mvit.architecture.rivals import RivalSpec
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.dashboard import network
from nasbench_mvit.dashboard.runs import View
from nasbench_mvit.figures.architecture import architecture_figure
from nasbench_mvit.figures.curves import curves_figure
from nasbench_mvit.figures.parts import parts_figure
from nasbench_mvit.search.reports.text import readable_rows
from nasbench_mvit.search.results.summary import ESTIMATED, trial_title
from nasbench_mvit.search.trials.record import StoredTrial


def page() -> None:
    view = next(iter(chosen_views().values()))
    trial = choose(view)
    st.subheader(words(f"{trial_title(trial)} of {view.study}"))
    st.caption(f"{trial.record.role.value}, {trial.state.value}, network {trial.record.spec_id}")
    if reason := trial.record.rejection or trial.record.failure:
        st.text(reason)
    row = next(row for row in view.summary.rows if row.trial == trial.number)
    table(readable_rows([row], view.summary), "network")
    st.caption(sentences(view.latency_title, view.summary.noise_note))
    spec = trial.record.network()
    if isinstance(spec, RivalSpec):
        st.info("A rival, trained to be compared with: it has no stages, and no neighbours here.")
        folded(network.costs_by_layer(spec), "layers")
        learning(view, trial)
        return
    st.subheader("Architecture")
    draw(architecture_figure(network.parts_of(spec), spec.resolution), "architecture",
         alt="The network stage by stage, with the shape each stage ends with")  # fmt: skip
    st.caption("Each part ends with the shape channels × height × width. e: expansion of a "
               "MobileNetV2 block; d: width of a transformer, ffn: inside it.")  # fmt: skip
    where_it_goes(view, trial, spec)
    learning(view, trial)
    st.subheader("Beside the paper's networks")
    table(network.differences(spec), "differences")
    take_it(view, trial, spec)
    neighbours(view, spec)


def choose(view: View) -> StoredTrial:
    """Let the user choose a trial; by default the most accurate on the front."""
    trials = {trial.number: trial for trial in view.reading.trials}
    if not trials:
        st.info("The study holds no trial yet.")
        st.stop()
    front = view.summary.front
    default = front[-1].trial if front else min(trials)
    number = st.number_input(
        "Trial", min_value=0, max_value=max(trials), value=default, step=1, key="trial",
        bind="query-params",
    )  # fmt: skip
    if number not in trials:
        st.info(f"Trial {number} holds no network: the search was cut off before it had one.")
        st.stop()
    return trials[number]


def where_it_goes(view: View, trial: StoredTrial, spec: MobileViTSpec) -> None:
    """Show costs and predicted milliseconds of each part."""
    st.subheader("Where the milliseconds go")
    costs = network.costs_by_part(spec, view.predictor)
    draw(parts_figure(costs, f"{trial.record.latency.kind} latency, ms"), "parts",
         alt="Milliseconds, MACs and parameters of each part of the network")  # fmt: skip
    st.caption(words(f"Milliseconds: {view.latency_title}, shared out among its terms."))
    folded(costs, "parts")


def learning(view: View, trial: StoredTrial) -> None:
    """Show the learning curves."""
    st.subheader("Learning curves")
    original = trial.record.duplicate_of
    if original is not None:
        st.info(f"The same network as trial {original}, which was trained.")
        trial = next(each for each in view.reading.trials if each.number == original)
    curves = network.curves_of(trial)
    if curves.empty:
        is_estimated = any(row.trial == trial.number and row.top1_kind == ESTIMATED
                           for row in view.summary.rows)  # fmt: skip
        st.info("It was not trained: its accuracy is an estimate." if is_estimated
                else "No training of it has ended.")  # fmt: skip
        return
    draw(curves_figure(curves), "curves", alt="Proxy top-1 over the steps of each training")
    st.caption("Large dots are scored on all held-out images, the others on a part of them.")
    folded(curves, "curves")


def take_it(view: View, trial: StoredTrial, spec: MobileViTSpec) -> None:
    """Show the network as YAML and JSON and the commands that go on from it."""
    st.subheader("Take it with you")
    text = network.as_yaml(spec)
    with st.container(horizontal=True):
        st.download_button("YAML", text, f"{trial.record.spec_id}.yaml", "application/yaml",
                           on_click="ignore", icon=":material/download:")  # fmt: skip
        st.download_button("JSON", network.as_json(spec), f"{trial.record.spec_id}.json",
                           "application/json", on_click="ignore",
                           icon=":material/download:")  # fmt: skip
    with st.expander("The network as YAML"):
        st.code(text, language="yaml")
    for purpose, command in network.commands(view, trial).items():
        st.caption({"export": "Export it (add coreml for an iPhone):",
                    "measure": "Verify its latency on a device (save the JSON first):",
                    "front": "Verify all finalists, of which it is one:"}[purpose])  # fmt: skip
        st.code(command, language="bash", wrap_lines=True)


def neighbours(view: View, spec: MobileViTSpec) -> None:
    """Show the networks that differ in one choice."""
    st.subheader("Neighbours in the space")
    found = network.neighbourhood(view, spec)
    if found.problem:
        st.info(words(found.problem))
    if not found.table.empty:
        table(found.table, "neighbours")
        st.caption("Networks that differ in one choice; with a trial where the search tried them.")


page()
