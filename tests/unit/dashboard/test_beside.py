"""What is said of several studies that lie on the same axes."""

from dataclasses import replace
from pathlib import Path

import pytest
from synthetic import synthetic_run

from nasbench_mvit.dashboard.comparison import accuracy_title, common_limit, facts, incomparable
from nasbench_mvit.dashboard.runs import OpenRun, View, predictor_of
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.search.reports.text import device_label, latency_label
from nasbench_mvit.search.results.summary import ESTIMATED
from nasbench_mvit.search.store.location import STORE_FILE


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> View:
    run: Path = synthetic_run(tmp_path_factory.mktemp("run"), 8)
    return OpenRun(run / STORE_FILE).look()


def changed(view: View, **changes: object) -> View:
    config = view.config.model_copy(update=changes)
    study = replace(view.study, reading=replace(view.reading, config=config))
    return replace(view, study=study, predictor=predictor_of(config))


def test_the_same_study_twice_compares(view: View) -> None:
    both = {"a": view, "b": view}
    assert incomparable(both) == []
    assert common_limit(both) == view.config.limits.latency_ms


def test_predictors_of_one_device_are_told_apart(view: View) -> None:
    onnx, wasm = (changed(view, predictor=f"epyc_{name}") for name in ("onnxruntime", "wasm"))
    assert onnx.device != wasm.device
    (reason,) = incomparable({"a": onnx, "b": wasm})
    assert onnx.latency_title in reason
    assert wasm.latency_title in reason
    assert common_limit({"a": onnx, "b": wasm}) is None


def test_estimates_and_trainings_are_told_apart(view: View) -> None:
    rows = tuple(replace(row, top1_kind=ESTIMATED) for row in view.summary.rows)
    summary = replace(view.summary, rows=rows)
    estimated = replace(view, study=replace(view.study, summary=summary))
    both = {"a": view, "b": estimated}
    (reason,) = incomparable(both)
    assert "estimates of a surrogate do not compare with trainings" in reason
    assert reason.endswith("b")
    titles = [accuracy_title(views) for views in ({"a": view}, {"b": estimated}, both)]
    assert ["trained" in title for title in titles] == [True, True, True]
    assert ["estimated" in title for title in titles] == [False, True, True]
    assert "not trained" in titles[1]


def test_other_images_are_another_proxy(view: View) -> None:
    other = changed(view, data="imagefolder:flowers")
    (reason,) = incomparable({"a": view, "b": other})
    assert "imagefolder:flowers" in reason


def test_a_predictor_that_is_gone_is_named(view: View) -> None:
    lost = changed(view, predictor="gone")
    assert "gone" in lost.device
    assert any("gone" in reason for reason in incomparable({"a": view, "b": lost}))
    assert any("gone" in fact for fact in facts(lost))


def test_an_axis_says_which_panel_shows_which_kind() -> None:
    device = device_label(load_predictor("iphone12_coreml"))
    assert device == "iPhone 12 with Core ML"
    assert latency_label(device, ["estimated"], ["published"]) == (
        f"latency on {device}, ms (above estimated, below published)"
    )
    for paper in ([], ["estimated"]):
        assert latency_label(device, ["estimated"], paper) == f"latency on {device}, ms (estimated)"
