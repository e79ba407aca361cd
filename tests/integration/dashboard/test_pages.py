"""The pages' own logic, run by Streamlit without a browser."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import pytest
from calibrating import calibrated
from driving import Run
from final_round import searched, train_finalists
from streamlit.testing.v1 import AppTest
from synthetic import add_study, running_run, synthetic_run

from nasbench_mvit.architecture.published import BASELINES
from nasbench_mvit.calibration.files import write_calibration
from nasbench_mvit.cli.search import command as search
from nasbench_mvit.search.finalists.choice import FinalRequest
from nasbench_mvit.search.finalists.report import TITLE
from nasbench_mvit.search.reports.rivals import TITLE as RIVALS_TITLE
from nasbench_mvit.search.store.location import STORE_FILE
from nasbench_mvit.workbench.shared.run_directory import locked

PAGES = ("pareto", "network", "compare", "space", "latency", "ablations", "running")
COUNT = 20

OpenPage = Callable[..., AppTest]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic_run(tmp_path_factory.mktemp("runs") / "searched", COUNT)


def plain(element: Any) -> str:
    """Return the text of an element as a reader sees it."""
    return str(element.value).replace("\\", "")


def headings(app: AppTest) -> list[str]:
    return [plain(heading) for heading in app.subheader]


def troubles(app: AppTest) -> list[str]:
    """Return the warnings of stores that cannot be read, which begin with a name."""
    return [each.value for each in app.main.warning if each.value.startswith("**")]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_a_finished_study_draws(name: str, original: Path, open_page: OpenPage) -> None:
    app = open_page(name, original)
    assert not app.exception
    assert not troubles(app)
    assert app.subheader or name == "ablations"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_a_study_with_a_calibration_draws(
    name: str, tmp_path: Path, open_page: OpenPage
) -> None:
    write_calibration(calibrated(), tmp_path / "mine.json")
    run = synthetic_run(tmp_path / "run", COUNT, calibration=str(tmp_path / "mine.json"))
    app = open_page(name, run)
    assert not app.exception
    if name == "pareto":
        said = " ".join(plain(element) for element in app.caption)
        assert "estimated from the proxy's score by the calibration known" in said
        assert "estimated ImageNet top-1, %" in app.dataframe[0].value


@pytest.fixture(scope="module")
def estimated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "estimated"
    options = ["--evaluator", "surrogate", "--trials", "4", "--run-dir", str(folder)]
    assert search.main(["--study", "latency_iphone", *options]) == 0
    return folder


@pytest.mark.parametrize(("name", "needle"), [
    ("pareto", "Estimated by a surrogate, not trained"),
    ("network", "It was not trained: its accuracy is an estimate."),
    ("space", None),
    ("running", None),
])  # fmt: skip
def test_a_page_of_estimates_says_so(
    name: str, needle: str | None, estimated: Path, open_page: OpenPage
) -> None:
    app = open_page(name, estimated)
    assert not app.exception
    texts = [plain(element) for element in (*app.caption, *app.info, *app.markdown, *app.text)]
    assert needle is None or any(needle in text for text in texts)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_without_any_study_says_what_to_run(
    name: str, tmp_path: Path, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = open_page(name)
    assert not app.exception
    if name == "latency":  # the shipped predictors need no study
        assert app.selectbox(key="predictor").options
    else:
        assert any("python -m nasbench_mvit" in code.value for code in app.code)


@pytest.mark.parametrize("name", [name for name in PAGES if name not in {"latency", "ablations"}])
def test_a_store_that_cannot_be_read_is_a_warning_with_the_reason(
    name: str, original: Path, tmp_path: Path, open_page: OpenPage
) -> None:
    run_dir = shutil.copytree(original, tmp_path / name)
    store = run_dir / STORE_FILE
    store.write_bytes(store.read_bytes()[:10_000])
    app = open_page(name, run_dir)
    assert not app.exception
    assert "the store is not complete" in plain(app.main.warning[0])
    assert not app.sidebar.warning


@pytest.mark.parametrize("name", ["pareto", "network", "running"])
def test_of_several_studies_in_a_store_one_is_chosen_and_the_link_keeps_it(
    name: str, original: Path, tmp_path: Path, open_page: OpenPage
) -> None:
    run_dir = shutil.copytree(original, tmp_path / "both")
    add_study(run_dir / STORE_FILE, "second")
    keys = ["both/latency_iphone", "both/second"]
    app = open_page(name, run_dir, study=keys[0])
    assert not app.exception
    assert app.selectbox(key="study").options == keys
    assert app.query_params["study"] == keys[0]
    app.selectbox(key="study").select(keys[1]).run()
    assert not app.exception
    assert not troubles(app)
    assert app.query_params["study"] == keys[1]
    assert any("both/second" in heading for heading in headings(app)) or name == "network"


def test_trials_of_a_killed_search_are_to_be_continued(tmp_path: Path, open_page: OpenPage) -> None:
    run_dir = running_run(tmp_path / "killed")
    for is_alive in (True, False):
        with locked(run_dir) if is_alive else nullcontext():
            app = open_page("running", run_dir)
        texts = " ".join(plain(each) for each in app.info)
        assert ("1 trial is paused: the next search goes on with it." in texts) != is_alive
        assert ("No trial is running." in texts) != is_alive


def test_the_final_evaluation_is_asked_for_and_then_shown(
    tmp_path: Path, open_page: OpenPage
) -> None:
    run = searched(tmp_path)
    assert any("--finalists" in code.value for code in open_page("pareto", tmp_path).code)
    train_finalists(run, FinalRequest(2, 2))
    app = open_page("pareto", tmp_path)
    assert not app.exception
    assert TITLE in headings(app)
    assert "test top-1, %" in {name for table in app.dataframe for name in table.value}


def test_rivals_stand_beside_the_front_and_have_a_page_of_their_own(
    tmp_path: Path, open_page: OpenPage
) -> None:
    seeds = 2
    run = Run(
        tmp_path,
        trials=0,
        baselines=dict.fromkeys(BASELINES, seeds),
        rivals={"mobilenet_v2": seeds, "deit_tiny": seeds},
    )
    run.go()
    for name in ("pareto", "space", "running"):
        app = open_page(name, tmp_path)
        assert not app.exception, name
    app = open_page("pareto", tmp_path)
    assert RIVALS_TITLE in headings(app)
    assert "MobileViT-S above DeiT-Tiny" in {
        value for table in app.dataframe for value in table.value.get("claim", [])
    }
    deit = next(t.number for t in run.trials() if t.record.name == "deit_tiny")
    app = open_page("network", tmp_path, trial=str(deit))
    assert not app.exception
    assert "DeiT" in app.subheader[0].value
    assert any("A rival" in plain(info) for info in app.info)
    assert "Architecture" not in [heading.value for heading in app.subheader]


def test_a_network_is_opened_by_the_link(original: Path, open_page: OpenPage) -> None:
    app = open_page("network", original, trial="1")
    assert "MobileViT" in app.subheader[0].value
    assert app.number_input(key="trial").value == 1
    app.number_input(key="trial").set_value(5).run()
    assert "trial 5 of" in headings(app)[0]
    assert not app.exception


@pytest.mark.parametrize(("name", "query", "needles"), [
    ("network", {"trial": "999"}, ["trial of searched 999", "Choose one of 0, 1, 2"]),
    ("network", {"trial": "x"}, ["trial of searched x"]),
    ("pareto", {"study": "gone"}, ["run gone", "Choose one of searched"]),
    ("network", {"study": "gone", "trial": "1"}, ["run gone"]),
    ("latency", {"study": "gone"}, ["run gone"]),
    ("pareto", {"picked": "searched:999"}, ["network searched:999"]),
])  # fmt: skip
def test_what_a_link_names_and_is_not_here_is_said(
    name: str, query: dict[str, str], needles: list[str], original: Path, open_page: OpenPage
) -> None:
    app = open_page(name, original, **query)
    assert not app.exception
    (error,) = (plain(each) for each in app.main.error)
    assert all(needle in error for needle in needles)
    if "picked" not in query:  # nothing else is shown in its place
        assert not app.dataframe
        assert not app.subheader


def test_choosing_a_trial_forgets_the_unknown_one_of_the_link(
    original: Path, open_page: OpenPage
) -> None:
    app = open_page("network", original, trial="999")
    app.number_input(key="trial").set_value(5).run()
    assert not app.error
    assert "trial 5 of" in headings(app)[0]


def test_the_run_is_the_title_and_what_to_take_comes_first(
    original: Path, open_page: OpenPage
) -> None:
    app = open_page("pareto", original)
    assert headings(app)[0] == "searched: latency_iphone"
    assert plain(app.main.info[0]).startswith(
        "Take trial 17: the most accurate of the front within the limits"
    )
    assert "± " in plain(app.main.info[0])
    assert "The noise does not tell it apart from trial 13 (4.02 ms)" in plain(app.main.info[0])
    assert "images score each network" in plain(app.main.warning[0])


def test_a_study_without_a_trial_says_so_everywhere(tmp_path: Path, open_page: OpenPage) -> None:
    run_dir = synthetic_run(tmp_path / "begun", 0)
    with closing(sqlite3.connect(run_dir / STORE_FILE)) as connection, connection:
        for table in ("trial_user_attributes", "trial_values", "trial_params", "trials"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608
    for name in ("pareto", "network", "space", "running"):
        app = open_page(name, run_dir)
        assert not app.exception, name
        assert app.main.info, name


def test_columns_of_tables_are_numbers_where_they_mean_numbers(
    original: Path, open_page: OpenPage
) -> None:
    app = open_page("pareto", original)
    front, gains = (table.value for table in app.dataframe)
    numbers = [name for name in (*front, *gains) if str(name).endswith((", %", "ms", "points"))]
    assert len(numbers) >= 9
    kinds = {**front.dtypes, **gains.dtypes}
    assert {kinds[name].kind for name in numbers} == {"f"}


def test_filters_and_a_budget_change_what_is_counted(original: Path, open_page: OpenPage) -> None:
    app = open_page("pareto", original)
    assert f"{COUNT + 3} of {COUNT + 3} trials" in [caption.value for caption in app.caption]
    app.multiselect(key="filter").set_value(["role"]).run()
    app.multiselect(key="f.role").set_value(["baseline"]).run()
    assert f"3 of {COUNT + 3} trials" in [caption.value for caption in app.caption]
    app.number_input(key="budget").set_value(5.5).run()
    assert "MobileViT" in app.success[0].value
    app.number_input(key="budget").set_value(0.5).run()
    assert not app.success
    assert not app.exception


def test_several_studies_lie_over_each_other(
    original: Path, tmp_path: Path, open_page: OpenPage
) -> None:
    other = shutil.copytree(original, tmp_path / "other")
    app = open_page("pareto", original, other, study="searched")
    app.multiselect(key="beside").set_value(["other"]).run()
    assert not app.exception
    assert not [each for each in app.main.warning if "do not compare" in each.value]


def test_studies_of_other_devices_are_warned_of(
    original: Path, tmp_path: Path, open_page: OpenPage
) -> None:
    host = synthetic_run(tmp_path / "host", 8, study="latency_host")
    app = open_page("pareto", original, host, study="searched")
    app.multiselect(key="beside").set_value(["host"]).run()
    assert not app.exception
    (warning,) = (plain(each) for each in app.main.warning if "do not compare" in each.value)
    assert "different predictors" in warning
    assert "with onnxruntime" in warning


def test_reports_of_ablations_are_shown_and_broken_ones_named(
    original: Path, tmp_path: Path, open_page: OpenPage
) -> None:
    run_dir = shutil.copytree(original, tmp_path / "with_report")
    effect = {"factor": "patch", "setting": "4", "reference": "2", "effect": -0.8, "low": -1.5,
              "high": -0.1, "seeds": 5}  # fmt: skip
    report = {"schema_version": 1, "title": "Patch size", "metric": "proxy top-1",
              "unit": "points", "interval": "95 %", "paper_metric": "ImageNet top-1",
              "effects": [effect], "latency": "estimated", "arms": [
                  {"arm": "2", "seeds": 5, "params": 2, "macs": 3, "latency_ms": 5.0,
                   "latency_low_ms": 4.0, "latency_high_ms": 6.0, "top1": 50.0}],
              "notes": ["A *note*."]}  # fmt: skip
    (run_dir / "ablation.json").write_text(json.dumps(report))
    app = open_page("ablations", run_dir)
    assert app.subheader[0].value == "Patch size"
    assert not app.exception
    assert len(app.dataframe) == 2
    assert any("A *note*" in plain(text) for text in app.caption)
    (run_dir / "ablation.json").write_text("{")
    app = open_page("ablations", run_dir)
    assert "is no ablation report" in plain(app.warning[0])
    assert not app.exception
