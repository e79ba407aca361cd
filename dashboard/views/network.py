"""One network: what it is, where its milliseconds go, how it learned, what lies next to it."""

import streamlit as st
from chosen import chosen_studies, forget_link, run_title, unknown_in_link
from notes import edit
from show import caption, code, draw, folded, heading, info, sentences, table

from nasbench_mvit.figures.architecture import architecture_figure
from nasbench_mvit.figures.curves import curves_figure
from nasbench_mvit.figures.found import found_figure
from nasbench_mvit.figures.parts import parts_figure
from nasbench_mvit.workbench.exploration import network
from nasbench_mvit.workbench.exploration.tables import network_table
from nasbench_mvit.workbench.studies.pictures import pictures_of
from nasbench_mvit.workbench.studies.progress.live_curves import curves_so_far
from nasbench_mvit.workbench.studies.study import Study

UNTRAINED = {
    "estimated": "It was not trained: its accuracy is an estimate.",
    "shared": "It was not trained: its accuracy is that of weights shared in a supernet.",
}
PURPOSES = {
    "export": "Export it (add coreml for an iPhone):",
    "train": "Train it in full (voc:FOLDER for images in that format):",
    "measure": "Verify its latency on a device (save the JSON first):",
    "front": "Verify all finalists, of which it is one:",
}


def page() -> None:
    key, study = next(iter(chosen_studies().items()))
    row = choose(key, study)
    name = f"{row.name} of {run_title(key, study)}"
    st.set_page_config(page_title=f"{name} – nasbench_mvit", layout="wide")
    heading(name)
    caption(f"{row.role}, {row.state}, network {row.spec_id}")
    if row.reason:
        caption(row.reason)
    table(network_table([row], study.summary), "network")
    caption(sentences(study.latency_title, study.summary.noise_note))
    if row.role == "rival":
        info("A rival, trained to be compared with: it has no stages, and no neighbours here.")
        folded(network.costs_by_layer(row.network), "layers")
        learning(study, row)
        edit(key, study, row.trial)
        return
    heading("Architecture")
    spec = network.spec_of(row)
    draw(architecture_figure(network.parts_of(spec), spec.resolution), "architecture",
         alt="The network stage by stage, with the shape each stage ends with")  # fmt: skip
    caption("Each part ends with the shape channels × height × width. e: expansion of a "
               "MobileNetV2 block; d: width of a transformer, ffn: inside it.")  # fmt: skip
    where_it_goes(study, row)
    learning(study, row)
    if not study.config.proxy.classifies:
        what_it_finds(study, row)
    heading("Beside the published networks")
    table(network.differences(spec), "differences",
          none="It is S, XS and XXS in every field.")  # fmt: skip
    take_it(study, row)
    neighbours(key, study, row)
    edit(key, study, row.trial)


def choose(key: str, study: Study) -> network.Row:
    """Let the user choose a trial; by default the most accurate on the front."""
    rows = {row.trial: row for row in study.summary.rows}
    if not rows:
        info("The study holds no trial yet.")
        st.stop()
    front = study.summary.front
    default = front[-1].trial if front else min(rows)
    is_unknown = unknown_in_link("trial", [str(number) for number in rows], f"trial of {key}")
    number = st.number_input(
        "Trial", min_value=0, value=None if is_unknown else default, step=1, key="trial",
        bind="query-params", on_change=forget_link, args=("trial",),
        placeholder=f"0 to {max(rows)}",
    )  # fmt: skip
    if is_unknown:
        st.stop()
    if number not in rows:
        info(f"There is no network of trial {number}: it is none of the {len(rows):,} of this "
                "study, or the search was cut off before it had one.")  # fmt: skip
        st.stop()
    return rows[number]


def where_it_goes(study: Study, row: network.Row) -> None:
    """Show costs and predicted milliseconds of each part."""
    heading("Where the milliseconds go")
    costs = network.costs_by_part(network.spec_of(row), study.predictor)
    draw(parts_figure(costs, f"{row.latency_kind} latency, ms"), "parts",
         alt="Milliseconds, MACs and parameters of each part of the network")  # fmt: skip
    caption(f"Milliseconds: {study.latency_title}, shared out among its terms.")
    folded(costs, "parts")


def learning(study: Study, row: network.Row) -> None:
    """Show the learning curves."""
    heading("Learning curves")
    if row.duplicate_of is not None:
        info(f"The same network as trial {row.duplicate_of}, which was trained.")
    curves = curves_so_far(study, row.trial if row.duplicate_of is None else row.duplicate_of)
    if curves.empty or row.top1_kind in UNTRAINED:
        info(UNTRAINED.get(row.top1_kind, "No training of it has begun."))
        return
    figure = curves_figure(curves, study.summary.score)
    draw(figure, "curves", alt="Score over the steps of each training")
    caption("Large dots are the last so far; a training that has ended is scored on all "
               "held-out images there, and on a part of them before.")  # fmt: skip
    folded(curves, "curves")


def what_it_finds(study: Study, row: network.Row) -> None:
    """Show held-out images with what is there and what the network finds."""
    heading("What it finds on held-out images")
    pictures = pictures_of(study, row)
    if pictures.problem:
        info(pictures.problem)
        return
    figure = found_figure(pictures.images, pictures.class_names, pictures.unmarked)
    draw(figure, "found", alt="Held-out images with the truth, and beside it the predictions")
    caption(pictures.note)


def take_it(study: Study, row: network.Row) -> None:
    """Show the network as YAML and JSON and the commands that go on from it."""
    heading("Take it with you")
    text = network.as_yaml(network.spec_of(row))
    with st.container(horizontal=True):
        st.download_button("YAML", text, f"{row.spec_id}.yaml", "application/yaml",
                           on_click="ignore", icon=":material/download:")  # fmt: skip
        st.download_button("JSON", network.as_json(network.spec_of(row)), f"{row.spec_id}.json",
                           "application/json", on_click="ignore",
                           icon=":material/download:")  # fmt: skip
    with st.expander("The network as YAML"):
        code(text)
    for tracker, link in network.tracked(study, row).items():
        caption(f"Its run in {tracker}")
        code(link)
    for purpose, command in network.commands(study, row).items():
        caption(PURPOSES[purpose])
        code(command)


def neighbours(key: str, study: Study, row: network.Row) -> None:
    """Show the networks that differ in one choice."""
    heading("Neighbours in the space")
    found = network.neighbourhood(study, network.spec_of(row))
    if found.problem:
        info(found.problem)
    if not found.table.empty:
        table(found.table, "neighbours", key)
        caption("Networks that differ in one choice; with a trial where the search tried them.")


page()
