"""Building a table and searching it, as commands in an empty directory."""

import json
from pathlib import Path

import pandas as pd
import pytest
import yaml
from bad_input import Case, Refuses
from fakes import ArithmeticEvaluator, InlineExecutor, PlannedStandIn, arithmetic_engine

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cli.search import command as search
from nasbench_mvit.cli.table import command as table
from nasbench_mvit.errors import StudyError
from nasbench_mvit.io import catalogue
from nasbench_mvit.search.batch.run import PlannedEvaluator
from nasbench_mvit.search.engines.contract import Executor
from nasbench_mvit.table.benchmark import Benchmark
from nasbench_mvit.workbench.shared import engines as engine

NUM_NETWORKS = SearchSpace.load("mobilevit_debug").size + 2  # and S and XS, which are no members
BUILD = ["build", "--study", "./own.yaml", "--seeds", "2", "--workers", "1"]


def write_study(folder: Path) -> None:
    """A study of the debug space whose evaluator is a table."""
    fields = yaml.safe_load(catalogue.find("studies", "table_iphone", StudyError).read_text())
    changes = {"space": "mobilevit_debug", "trials": 9, "limits": {"latency_ms": 12.0}}
    changes["baselines"] = {"mobilevit_s": 1, "mobilevit_xs": 1, "mobilevit_xxs": 2}
    (folder / "own.yaml").write_text(yaml.safe_dump(fields | changes))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a table that a build, cut off once, has made."""
    home = tmp_path_factory.mktemp("home")
    write_study(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        log = home / "log"

        def stop(stop_after: float) -> None:
            def make(planned: PlannedEvaluator, workers: int) -> Executor:
                stand_in = PlannedStandIn(planned, lambda _recipe: ArithmeticEvaluator(log=log))
                return InlineExecutor(stand_in, workers, stop_after)

            patch.setattr(engine, "LocalEngine", make)

        stop(5)
        assert table.main(BUILD) == 130
        assert not (home / "tables").exists()
        stop(NUM_NETWORKS - 5 + 2)  # every network is there, and two are repeated
        assert table.main(BUILD) == 130
        assert len(Benchmark.load("mobilevit_debug").frame()) == NUM_NETWORKS + 2
        stop(float("inf"))
        assert table.main(BUILD) == 0
    return home


def test_a_build_that_was_cut_goes_on_and_trains_nothing_twice(home: Path) -> None:
    begun = [line.rsplit(" ", 1)[0] for line in (home / "log").read_text().splitlines()]
    benchmark = Benchmark.load(str(home / "tables/mobilevit_debug"))
    assert len(begun) == len(set(begun)) == len(benchmark.frame())
    assert len(benchmark) == NUM_NETWORKS


def test_a_search_of_the_table_finds_what_training_finds(
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(home)
    looked_up, trained = tmp_path / "looked_up", tmp_path / "trained"
    common = ["--study", "./own.yaml", "--workers", "1"]
    assert search.main([*common, "--run-dir", str(looked_up)]) == 0
    output = capsys.readouterr().out
    assert "nothing is trained" in output
    assert "simulated clock:" in output
    assert "exact front of the table within the limits:" in output
    monkeypatch.setattr(engine, "LocalEngine", arithmetic_engine)
    assert search.main([*common, "--evaluator", "training", "--run-dir", str(trained)]) == 0
    assert "exact front" not in capsys.readouterr().out
    one, other = (pd.read_csv(folder / "trials.csv") for folder in (looked_up, trained))
    pd.testing.assert_frame_equal(one, other)
    fronts = [json.loads((folder / "front.json").read_text()) for folder in (looked_up, trained)]
    assert fronts[0]["front"] == fronts[1]["front"]
    assert "exact_front" not in fronts[1]
    assert "from the benchmark table" in fronts[0]["accuracy"]


def test_the_exact_front_is_found_when_everything_was_tried(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(home)
    folder = tmp_path / "all"
    assert search.main(["--study", "./own.yaml", "--trials", "99", "--run-dir", str(folder)]) == 0
    front = json.loads((folder / "front.json").read_text())
    found, exact = ({row["spec_id"] for row in front[key]} for key in ("front", "exact_front"))
    assert found == exact
    assert front["hypervolume"] == pytest.approx(front["exact_hypervolume"])
    note = f"found {len(exact)} of them and 100.0 % of the hypervolume"
    assert note in capsys.readouterr().out
    assert note in (folder / "report.html").read_text()


def test_another_sampler_may_search(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(home)
    options = ["--study", "./own.yaml", "--sampler", "tpe", "--run-dir", str(tmp_path)]
    assert search.main(options) == 0
    capsys.readouterr()
    assert search.main(["--study", "./own.yaml", "--run-dir", str(tmp_path)]) == 2
    assert "sampler: 'tpe' there, 'cost_aware' now" in capsys.readouterr().err


def test_a_time_limit_counts_simulated_minutes(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(home)
    limit = ["--max-minutes", "0.05", "--workers", "1"]  # three trainings of 0.8 s fit
    assert search.main(["--study", "./own.yaml", *limit, "--run-dir", str(tmp_path)]) == 0
    output = capsys.readouterr().out
    assert "the time limit is reached" in output
    assert "simulated clock: 3 s" in output


def test_a_dry_run_says_that_nothing_is_trained(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(home)
    assert search.main(["--study", "./own.yaml", "--dry-run"]) == 0
    assert "nothing is trained" in capsys.readouterr().out


CASES = {
    "finalists of a table": Case(
        "--study table_iphone --finalists 2", ("--finalists trains networks anew", "--evaluator")
    ),
    "an unknown evaluator": Case(
        "--study table_iphone --evaluator tabel", ("unknown evaluator", "Did you mean 'table'")
    ),
    "an unknown sampler of a study": Case(
        "--study table_iphone --sampler cost_awre", ("unknown sampler", "Did you mean 'cost_aware'")
    ),
    "a space without a table": Case(
        "--study smoke --evaluator table", ("no table of the space mobilevit_debug",)
    ),
    "a table of too large a space": Case(
        "build --study latency_iphone", ("more than 10,000",), main=table.main
    ),
    "a verb that is none": Case("biuld", ("biuld",), main=table.main),
    "seeds that are none": Case("build --seeds 0", ("--seeds", "1 or more"), main=table.main),
    "a study that is none": Case(
        "build --study tabel_iphone", ("Did you mean 'table_iphone'",), main=table.main
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_one_message(name: str, refuses: Refuses) -> None:
    refuses(CASES[name])
