"""What can be said of one network: its parts, its differences, its neighbours, its commands."""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd
import yaml

from nasbench_mvit.architecture.block import BlockSpec
from nasbench_mvit.architecture.fields import spelled_out
from nasbench_mvit.architecture.heads import SSDLiteHead, TaskHead
from nasbench_mvit.architecture.network import Network, mobilevit
from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.architecture.strides import STEM_STRIDE
from nasbench_mvit.cost.analytic import count_costs, count_costs_many
from nasbench_mvit.errors import SpaceError, counted
from nasbench_mvit.figures.architecture import Part, Piece
from nasbench_mvit.figures.columns import value_text
from nasbench_mvit.latency.predictor.breakdown import FIXED, STAGES, breakdown, by_stage, stage_of
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor
from nasbench_mvit.search.results.next_steps import export_command, train_command
from nasbench_mvit.search.results.row import Row as Row  # noqa: PLC0414 - for the pages
from nasbench_mvit.search.trials.record import Role
from nasbench_mvit.workbench.studies.study import Study
from nasbench_mvit.workbench.trackers.contract import RunName, trial_part
from nasbench_mvit.workbench.trackers.links import read_links


def spec_of(row: Row) -> MobileViTSpec:
    """Return the network of a row that is not a rival."""
    return mobilevit(row.network)


def parts_of(spec: MobileViTSpec) -> list[Part]:
    """Return the parts of a network in the order of execution, at its deployment resolution."""
    side = -(-spec.resolution // STEM_STRIDE)
    stem = Piece("conv", ("conv 3×3", f"stride {STEM_STRIDE}"))
    parts = [Part("stem", (stem,), (spec.stem_channels, side, side))]
    for number, (stage, steps) in enumerate(zip(spec.stages, spec.steps(), strict=True), start=1):
        side = -(-side // steps[0][0])
        pieces = [
            Piece("mv2", ("MV2", f"e {stage.expansion:g}", *_step(*step, is_first=place == 0)))
            for place, step in enumerate(steps)
        ]
        if block := stage.block:
            pieces.append(Piece("mobilevit", _words(block)))
        parts.append(Part(f"stage{number}", tuple(pieces), (stage.channels, side, side)))
    if spec.task_head is not None:
        parts.append(_head(spec.task_head, side))
        return parts
    head = [Piece("conv", ("conv 1×1",))] if spec.head_channels else []
    last = (*head, Piece("conv", ("pool,", "classifier")))
    parts.append(Part("head", last, (spec.feature_channels, side, side)))
    return parts


def _step(stride: int, dilation: int, *, is_first: bool) -> tuple[str, ...]:
    words = (f"stride {stride}",) if is_first else ()
    return (*words, f"dilation {dilation}") if dilation > 1 else words


def _head(head: TaskHead, side: int) -> Part:
    """Return a head with the shape of the last map that it makes."""
    if isinstance(head, SSDLiteHead):
        widths = (head.channels_64, head.channels_128, head.channels_256)
        extra = [Piece("conv", ("separable", f"{width}, stride 2")) for width in widths]
        pieces = (*extra, Piece("conv", ("pool,", "boxes of 6 maps")))
        return Part("SSDLite", pieces, (head.channels_pooled, 1, 1))
    rates = Piece("conv", ("conv 3×3", f"dilation {', '.join(map(str, head.atrous_rates))}"))
    pieces = (rates, Piece("conv", ("pool,", "conv 1×1")), Piece("conv", ("classes", "of pixels")))
    return Part("DeepLabv3", pieces, (head.aspp_channels, side, side))


def _words(block: BlockSpec) -> tuple[str, ...]:
    heads = counted(block.heads, "head") if block.attention == "softmax" else "separable"
    kind = "conv" if block.local == "dense" else "depthwise"
    joined = {True: "input", "local": "local part"}.get(block.fusion)
    size = block.size_of_fusion
    fusion = f"fusion {size}×{size} with {joined}" if joined else "no fusion"
    return (
        f"MobileViT, {counted(block.depth, 'layer')}",
        f"d {block.dim}, ffn {block.ffn_dim}, {heads}",
        f"patch {block.patch[0]}×{block.patch[1]}, {kind} {block.kernel}×{block.kernel}",
        f"{fusion}, input added" if block.residual else fusion,
    )


def costs_by_part(spec: MobileViTSpec, predictor: LatencyPredictor | None) -> pd.DataFrame:
    """Return parameters, MACs and predicted milliseconds of each part.

    Returns:
        A table with the columns part, params, macs and, with a predictor, ms; the sums are those
        of the network.
    """
    table = count_costs(spec).to_frame()
    sums = table.groupby(table["name"].map(stage_of))[["params", "macs"]].sum()
    ms = {} if predictor is None else by_stage(breakdown(predictor.document.fit.model, [spec]))
    names = [*STAGES, FIXED] if FIXED in ms else list(STAGES)
    sums = sums.reindex(names, fill_value=0).rename_axis("part").reset_index()
    if ms:
        sums = sums.assign(ms=[float(ms[name][0]) if name in ms else 0.0 for name in names])
    return sums.assign(part=sums.part.map(part_name))


def costs_by_layer(network: Network) -> pd.DataFrame:
    """Return parameters and MACs of each layer, of a rival too."""
    return count_costs(network).to_frame()[["name", "kind", "params", "macs"]]


def part_name(stage: str) -> str:
    """Return the title of a stage of ``latency.predictor.breakdown``."""
    if stage == FIXED:
        return "any network"
    return f"stage{stage}" if stage.isdecimal() else stage


def differences(spec: MobileViTSpec) -> pd.DataFrame:
    """Return the fields in which a network differs from S, XS or XXS, as text."""
    others = {FIGURES[name].title: published(name) for name in BASELINES}
    return differing_fields({"this network": spec} | others)


def differing_fields(specs: Mapping[str, MobileViTSpec]) -> pd.DataFrame:
    """Return the fields that are not the same in all networks, as text, a column for each."""
    flats = {title: spelled_out(spec) for title, spec in specs.items()}
    rows = []
    for name in dict.fromkeys(name for flat in flats.values() for name in flat):
        values = {title: flat.get(name) for title, flat in flats.items()}
        if len(set(values.values())) > 1:
            texts = {title: value_text(value, name) for title, value in values.items()}
            rows.append({"field": name} | texts)
    return pd.DataFrame(rows, columns=["field", *flats])


def as_yaml(spec: MobileViTSpec) -> str:
    """Return the network as YAML, from which ``MobileViTSpec.from_dict`` makes it again."""
    return yaml.safe_dump(_plain(spec.to_dict()), sort_keys=False)


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


@dataclass(frozen=True)
class Neighbourhood:
    """The networks that differ in one choice; ``problem`` says why there are none, if so."""

    table: pd.DataFrame
    problem: str = ""


def neighbourhood(study: Study, spec: MobileViTSpec) -> Neighbourhood:
    """Return a network's neighbours in the study's space with costs, latency and their trials."""
    if study.predictor is None:
        return Neighbourhood(pd.DataFrame(), f"{study.latency_title}.")
    try:
        space = SearchSpace.load(study.config.space)
        neighbours = list(space.neighbours(spec))
    except SpaceError as error:
        return Neighbourhood(pd.DataFrame(), str(error))
    stored = study.reading.snapshot.get("identity", {}).get("content of space")
    problem = (
        "" if stored == space.digest else f"The space {space.name} has changed since the search."
    )
    here, latency = spelled_out(spec), study.predictor.predict_many([spec, *neighbours])
    costs = count_costs_many([spec, *neighbours])
    known = study.timed_trials[study.timed_trials.duplicate_of.isna()].set_index("spec_id")
    known = known[~known.index.duplicated()]
    rows = [
        {
            "change": ", ".join(_changes(here, spelled_out(other), space)),
            "latency, ms": latency.ms[index],
            "latency difference, ms": latency.ms[index] - latency.ms[0],
            "MACs difference, M": (costs.macs[index] - costs.macs[0]) / 1e6,
            "trial": known.trial.get(other.id),
            f"{study.summary.score}, %": known.top1.get(other.id, float("nan")) * 100,
        }
        for index, other in enumerate(neighbours, start=1)
    ]
    return Neighbourhood(pd.DataFrame(rows).round(3), problem)


def _changes(
    here: Mapping[str, object], there: Mapping[str, object], space: SearchSpace
) -> Iterator[str]:
    for axis in space.axes:
        before, after = here.get(axis.name), there.get(axis.name)
        switch = axis.condition.field if axis.condition else None
        is_switched = switch is not None and here.get(switch) != there.get(switch)
        if before != after and not is_switched:
            texts = (value_text(value, axis.name) for value in (before, after))
            yield f"{axis.name} {' → '.join(texts)}"


def as_json(spec: MobileViTSpec) -> str:
    """Return the network as JSON, which ``measure --specs`` and ``export --spec`` read."""
    return json.dumps(spec.to_dict(), indent=2) + "\n"


def tracked(study: Study, row: Row) -> dict[str, str]:
    """Return the link to a network's run in each tracker that the study was tracked in."""
    name = str(RunName(whole=study.name, part=trial_part(row.trial)))
    links = read_links(study.run_dir).items()
    return {tracker: runs[name].link for tracker, runs in links if name in runs}


def commands(study: Study, row: Row) -> dict[str, str]:
    """Return the commands that continue from a network.

    Returns:
        By purpose: "export", or "train" for a network that detects or segments; "measure" the
        network from the file of ``as_json``, by its id; and "front", which measures the finalists,
        where the network is one of them.
    """
    measure = "python -m nasbench_mvit measure --target onnxruntime"
    purpose, command = (
        ("export", export_command) if study.config.proxy.classifies else ("train", train_command)
    )
    wanted = {
        purpose: command(study.address, row.trial, stored_as=study.stored_as),
        "measure": f"{measure} --specs {row.spec_id}.json",
    }
    is_finalist = row.on_front or row.role == Role.BASELINE
    if is_finalist and not study.is_given_by_url:
        wanted["front"] = f"{measure} --front {shlex.quote(str(study.address))}"
    return wanted
