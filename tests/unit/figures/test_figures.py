"""Figures as data: what is drawn of which rows, and that text is shown as text."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import pytest
from latency_law import rows
from synthetic import synthetic_run

from nasbench_mvit.ablation.results.document import AblationReport, read_report
from nasbench_mvit.errors import AblationError
from nasbench_mvit.figures.ablation.effects import effects_figure
from nasbench_mvit.figures.columns import CATEGORIES, ORANGE, in_order, text_values
from nasbench_mvit.figures.latency import IN_FIT, LEFT_OUT, predicted_measured_figure
from nasbench_mvit.figures.pareto.figure import pareto_figure
from nasbench_mvit.figures.pareto.look import ParetoLabels, ParetoLook
from nasbench_mvit.figures.pareto.points import FEW
from nasbench_mvit.latency.fitting.measured import measured_document
from nasbench_mvit.latency.predictor.document_fits import Regression
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor, load_predictor
from nasbench_mvit.search.store.location import STORE_FILE
from nasbench_mvit.workbench.ablations.reports import report_files
from nasbench_mvit.workbench.predictors.evidence import available, evidence, published_elsewhere
from nasbench_mvit.workbench.studies.open import open_study

LABELS = ParetoLabels(cost="ms", accuracy="a", paper="p", noise={"": 0.02}, limit=8.0)
PAPER = pd.DataFrame(
    {"name": ["<b>S</b>"], "group": ["v1"], "top1": [78.4], "top1_source": ["Table 6"]}
    | {"latency_kind": ["published"], "latency_source": ["Table 6"]}
    | {f"latency{end}_ms": [9.85] for end in ("", "_low", "_high")}
)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    run: Path = synthetic_run(tmp_path_factory.mktemp("run"), 60)
    return open_study(run / STORE_FILE).timed_trials


def drawn(figure: object) -> dict[str, object]:
    return {trace.name: trace for trace in figure.data}  # type: ignore[attr-defined]


def points(figure: go.Figure, *, axis: str | None = None) -> list[go.Scatter]:
    """Return the traces of networks that were scored or rejected, not the paper's; of one panel."""
    traces = [t for t in figure.data if t.customdata is not None and t.legendgroup]
    return [trace for trace in traces if axis is None or trace.yaxis == axis]


def test_every_network_is_drawn_once_and_beside_the_paper_if_it_has_an_estimate(
    table: pd.DataFrame,
) -> None:
    figure = pareto_figure(table, PAPER, LABELS)
    estimated, scored = (
        sorted(row[0] for trace in points(figure, axis=axis) for row in trace.customdata)
        for axis in ("y", "y2")
    )
    assert scored == table.trial.tolist()
    assert estimated == table[table.top1.notna()].trial.tolist()
    without = pareto_figure(table[[c for c in table if "imagenet" not in str(c)]], PAPER, LABELS)
    (drawn_once,) = {trace.yaxis for trace in points(without)}
    assert drawn_once == "y"
    trials = [row[0] for trace in points(without) for row in trace.customdata]
    assert sorted(trials) == table.trial.tolist()


@pytest.mark.parametrize("ending", ["trained", "rejected", "failed"])
def test_points_carry_no_digits_that_their_text_does_not_show(
    table: pd.DataFrame, ending: str
) -> None:
    """Of ten thousand networks they were a third of what a browser is sent."""
    kind = table.state.where(table.top1.isna(), "trained")
    trials = set(table[kind == ending].trial)
    traces = points(pareto_figure(table, PAPER, LABELS))
    rows = [row for trace in traces for row in trace.customdata if row[0] in trials]
    panels = 2 if ending == "trained" else 1  # an estimate is a point too
    assert len(rows) == panels * len(trials) > 0
    for *_, low, high in rows:
        assert (low, high) == (round(low, 3), round(high, 3))


def test_what_has_no_accuracy_stands_below_all_that_has(table: pd.DataFrame) -> None:
    traces = drawn(pareto_figure(table, PAPER, LABELS))
    (ticks,) = (each for name, each in traces.items() if name.startswith("no accuracy: "))
    assert len(ticks.y) == int(table.top1.isna().sum())  # type: ignore[attr-defined]
    assert max(ticks.y) < table.top1.min() * 100  # type: ignore[attr-defined]


def test_kinds_have_colours_of_their_own_and_numbers_a_scale(table: pd.DataFrame) -> None:
    kinds = drawn(pareto_figure(table, PAPER, LABELS, ParetoLook(color_by="stage3.residual")))
    colors = {kinds[f"stage3.residual = {kind}"].marker.color for kind in (False, True)}  # type: ignore[attr-defined]
    assert len(colors) == 2
    assert colors < set(CATEGORIES) - {ORANGE}
    scale = drawn(pareto_figure(table, PAPER, LABELS, ParetoLook(color_by="params")))["searched"]
    assert scale.marker.colorbar.title.text == "parameters, M"  # type: ignore[attr-defined]
    assert max(scale.marker.color) == pytest.approx(  # type: ignore[attr-defined]
        table[table.top1.notna() & (table.role == "search")].params.max() / 1e6
    )


def test_sizes_grow_with_the_values(table: pd.DataFrame) -> None:
    figure = pareto_figure(table, PAPER, LABELS, ParetoLook(color_by="role", size_by="macs"))
    trace = drawn(figure)["role = search"]
    rows = table[(table.role == "search") & table.top1.notna()]
    sizes = pd.Series(trace.marker.size)  # type: ignore[attr-defined]
    assert sizes.rank().tolist() == rows.macs.rank().tolist()


def test_a_budget_is_a_line_and_a_ring(table: pd.DataFrame) -> None:
    best = int(table[table.on_front].trial.iloc[0])
    figure = pareto_figure(table, PAPER, LABELS, ParetoLook(budget_ms=6.5, best_trial=("", best)))
    assert {6.5, 8.0} == {shape.x0 for shape in figure.layout.shapes}
    ring = drawn(figure)["best within the budget"]
    assert list(ring.x) == table[table.trial == best].latency_ms.tolist()  # type: ignore[attr-defined]


def test_studies_have_a_front_each(table: pd.DataFrame) -> None:
    both = pd.concat([table.assign(study="a"), table.assign(study="<i>b</i>")])
    labels = replace(LABELS, noise={"a": 0.02, "<i>b</i>": 0.03})
    traces = drawn(pareto_figure(both, PAPER, labels))
    assert {"a: Pareto front", "&lt;i&gt;b&lt;/i&gt;: Pareto front"} <= traces.keys()


def test_a_ring_is_around_the_trial_of_its_study_alone(table: pd.DataFrame) -> None:
    one, two = table[table.on_front].trial.astype(int).iloc[:2]
    later = table.assign(study="b", latency_ms=table.latency_ms + 1)
    labels = replace(LABELS, noise={"a": 0.02, "b": 0.02})
    look = ParetoLook(picked=frozenset({("b", one)}), best_trial=("a", two))
    traces = drawn(pareto_figure(pd.concat([table.assign(study="a"), later]), PAPER, labels, look))
    ms = table.set_index("trial").latency_ms
    assert list(traces["picked"].x) == [ms[one] + 1]  # type: ignore[attr-defined]
    assert list(traces["best within the budget"].x) == [ms[two]]  # type: ignore[attr-defined]


def test_intervals_are_drawn_of_few_networks_and_of_the_front(table: pd.DataFrame) -> None:
    few = drawn(pareto_figure(table, PAPER, LABELS))
    times = FEW // int(table.top1.notna().sum()) + 1
    many = drawn(pareto_figure(pd.concat([table] * times), PAPER, LABELS))
    assert few["searched, dominated"].error_y.array is not None  # type: ignore[attr-defined]
    assert many["searched, dominated"].error_y.array is None  # type: ignore[attr-defined]
    assert many["searched, on the front"].error_y.array is not None  # type: ignore[attr-defined]
    points = [many["searched, on the front"], many["published MobileViTs, same proxy"]]
    assert {type(trace).__name__ for trace in points} == {"Scattergl"}
    without = drawn(pareto_figure(table, PAPER, LABELS, ParetoLook(intervals=False)))
    assert all(trace.error_x.array is None for trace in without.values())  # type: ignore[attr-defined]


def test_names_and_reasons_are_drawn_as_text(table: pd.DataFrame) -> None:
    hostile = table.assign(name="<a href='x'>n</a>", reason="<b>r</b>")
    figure = pareto_figure(hostile, PAPER, LABELS)
    assert "<a href" not in figure.to_json()
    assert "<b>" not in figure.to_json()


def test_text_of_values_keeps_numbers_short_and_in_order() -> None:
    values = pd.Series([48.0, float("nan"), 144.0, 120.5])
    assert text_values(values).tolist() == ["48", "–", "144", "120.5"]
    assert in_order(text_values(values)) == ["48", "120.5", "144", "–"]
    fusions = pd.Series([False, "local", True, float("nan")], name="stage3.fusion", dtype=object)
    assert text_values(fusions).tolist() == ["none", "local", "input", "–"]


def test_an_ensemble_is_shown_with_every_row_and_rows_left_out() -> None:
    predictors = available("iphone12_coreml")
    found = evidence(predictors["iphone12_coreml"])
    count = predictors["iphone12_coreml"].document.records.count
    assert len(found.rows) == count
    assert found.points.groupby("group").size().to_dict() == {IN_FIT: count, LEFT_OUT: count}
    assert set(found.models.inside) == {"yes"}
    assert (found.models["upper end, ms"] == "–").sum() == 2  # without the only row with a resize
    assert (found.terms["least, ns"] <= found.terms["mean, ns"]).all()
    assert "one number" in found.noise
    figure = predicted_measured_figure(found.points, found.labels)
    assert figure.layout.xaxis2.title.text == "published latency, ms"
    assert all("measured" not in str(trace.hovertemplate) for trace in figure.data)
    assert published_elsewhere()["unused because it is"].notna().all()


def test_a_calibration_of_earlier_versions_is_shown_with_its_baselines() -> None:
    found = evidence(load_predictor(Path(__file__).parents[2] / "golden" / "predictor_v1.json"))
    assert {"MACs only", "four sums over the layers"} <= set(found.models.model)
    assert set(found.terms.model) == set(found.models.model)
    assert found.share_close == "6 of 6 without a resize, 0 of 1 with a resize"


def test_a_regression_is_shown_with_its_scores_and_the_interval_of_rows_left_out() -> None:
    document = measured_document("made_up", rows(40, noise=0.02), rows(10, seed=1))
    found = evidence(LatencyPredictor(document))
    assert found.kind == "measured"
    assert {"cross-validation", "extrapolation", "held out"} == set(found.models.networks)
    assert len(set(found.models.model)) > 1
    left_out = found.points[found.points.group == LEFT_OUT]
    assert isinstance(document.fit, Regression)
    factor = math.exp(document.fit.margin)
    assert (left_out.high_ms / left_out.predicted_ms).to_numpy() == pytest.approx(factor)
    figure = predicted_measured_figure(found.points, found.labels)
    assert figure.layout.xaxis2.title.text == "measured latency, ms"


EFFECT = {
    "factor": "patch",
    "setting": "<b>4</b>",
    "reference": "2",
    "effect": -0.8,
    "low": -1.5,
    "high": -0.1,
    "seeds": 5,
    "paper_effect": -0.8,
}
REPORT = {
    "schema_version": 1,
    "title": "Patch size",
    "metric": "proxy top-1",
    "unit": "points",
    "interval": "95 % over seeds",
    "paper_metric": "ImageNet top-1",
    "effects": [EFFECT],
}


def test_an_ablation_report_is_read_and_drawn(tmp_path: Path) -> None:
    (tmp_path / "ablation.json").write_text(json.dumps(REPORT))
    (path,) = report_files([str(tmp_path), str(tmp_path)])
    report = read_report(path)
    figure = effects_figure(report.table(), report.metric, report.paper_metric, report.unit)
    own, paper = figure.data
    assert list(own.error_x.array) == pytest.approx([0.7])
    assert list(paper.x) == [-0.8]
    assert own.y[0] == "patch: 2 → &lt;b&gt;4&lt;/b&gt;"


@pytest.mark.parametrize(
    ("change", "needle"),
    [
        ({"effects": []}, "effects"),
        ({"schema_version": 2}, "schema_version"),
        ({"effects": [EFFECT | {"low": 0.0}]}, "ascend"),
        ({"note": "x"}, "note"),
    ],
)
def test_a_report_that_breaks_the_format_is_refused_by_field(
    change: dict[str, object], needle: str, tmp_path: Path
) -> None:
    path = tmp_path / "ablation.json"
    path.write_text(json.dumps(REPORT | change))
    with pytest.raises(AblationError, match=needle):
        read_report(path)
    assert AblationReport.model_validate(REPORT).effects


def test_estimates_are_open_outside_the_domain_and_have_their_own_intervals(
    table: pd.DataFrame,
) -> None:
    shown = table[table.top1.notna()]
    estimates = table.assign(
        estimated_imagenet_top1=table.top1 / 2,
        estimated_imagenet_top1_low=table.top1 / 2 - 0.03,
        estimated_imagenet_top1_high=table.top1 / 2 + 0.03,
        estimated_imagenet_top1_in_domain=table.trial % 2 == 0,
    )
    figure = pareto_figure(estimates, PAPER, LABELS)
    above = [
        t for t in figure.data if t.yaxis == "y" and t.customdata is not None and t.legendgroup
    ]
    points = [
        (int(trial[0]), y, symbol, bar)
        for trace in above
        for trial, y, symbol, bar in zip(
            trace.customdata, trace.y, trace.marker.symbol, trace.error_y.array, strict=True
        )
    ]
    assert {trial for trial, *_ in points} == set(shown[shown.duplicate_of.isna()].trial)
    top1 = dict(zip(shown.trial, shown.top1, strict=True))
    for trial, y, symbol, bar in points:
        assert y == pytest.approx(50 * top1[trial])
        assert bar == pytest.approx(3)
        assert ("-open" in symbol) is (trial % 2 == 1)


@pytest.mark.parametrize(("high", "dotted"), [(1.6, False), (1.61, True)])
def test_a_latency_that_is_unknown_has_a_dot_and_says_so(
    table: pd.DataFrame, high: float, dotted: bool
) -> None:
    bounded = table.assign(latency_low_ms=1.0, latency_high_ms=high)
    traces = points(pareto_figure(bounded, PAPER, LABELS))
    assert {trace.yaxis for trace in traces} == {"y", "y2"}
    for trace in traces:
        assert all(("latency unknown" in name) is dotted for name in trace.customdata[:, 2])
        if not isinstance(trace.marker.symbol, str):
            assert all(symbol.endswith("-dot") is dotted for symbol in trace.marker.symbol)
