"""Building a surrogate, scoring it and searching with it, as commands in an empty directory."""

import json
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from bad_input import Case, Prepare, Refuses, both, text_file
from fakes import ArithmeticEvaluator, InlineExecutor, PlannedStandIn, arithmetic_engine
from surrogate_making import use_few_trees

from nasbench_mvit import Surrogate
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.benchmark.surrogate_data import MIN_NETWORKS
from nasbench_mvit.cli.search import command as search
from nasbench_mvit.cli.surrogate import command as surrogate
from nasbench_mvit.errors import StudyError
from nasbench_mvit.io import catalogue
from nasbench_mvit.search.batch.run import PlannedEvaluator
from nasbench_mvit.search.engines.contract import Executor
from nasbench_mvit.workbench.shared import engines as engine

NUM_NETWORKS = SearchSpace.load("mobilevit_debug").size
BUILD = ["build", "--study", "./own.yaml", "--networks", "100", "--without-table"]
RUN = ["--run-dir", "run", "--workers", "1"]
OUT = Path("surrogates/mobilevit_debug")


def study_file(**changes: object) -> Prepare:
    def write(folder: Path) -> None:
        text = catalogue.find("studies", "latency_iphone", StudyError).read_text()
        fields = yaml.safe_load(text) | {"space": "mobilevit_debug", "limits": {"latency_ms": 12.0}}
        (folder / "own.yaml").write_text(yaml.safe_dump(fields | {"trials": 5} | changes))

    return write


def stop_after(patch: pytest.MonkeyPatch, count: float, log: Path) -> None:
    """Let trainings be arithmetic, and interrupt after some."""

    def make(planned: PlannedEvaluator, workers: int) -> Executor:
        stand_in = PlannedStandIn(planned, lambda _recipe: ArithmeticEvaluator(log=log))
        return InlineExecutor(stand_in, workers, count)

    patch.setattr(engine, "LocalEngine", make)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a surrogate that a build, cut off twice, has made."""
    home = tmp_path_factory.mktemp("home")
    study_file()(home)
    log = home / "log"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        use_few_trees(patch)
        stop_after(patch, 3, log)
        assert surrogate.main([*BUILD, *RUN]) == 130
        assert not OUT.exists()  # three are too few
        stop_after(patch, MIN_NETWORKS - 3, log)
        assert surrogate.main([*BUILD, *RUN]) == 130
        assert len(Surrogate.load(str(OUT)).trained) == MIN_NETWORKS
        stop_after(patch, float("inf"), log)
        assert surrogate.main([*BUILD, *RUN]) == 0
    return home


@pytest.fixture(autouse=True)
def _few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    use_few_trees(monkeypatch)


def test_a_build_that_was_cut_goes_on_and_trains_nothing_twice(home: Path) -> None:
    begun = [line.rsplit(" ", 1)[0] for line in (home / "log").read_text().splitlines()]
    built = Surrogate.load(str(home / OUT))
    assert len(begun) == len(set(begun)) == len(built.trained) == NUM_NETWORKS
    assert built.about.groups["mobilevit_debug"].networks == NUM_NETWORKS


def test_trainings_of_another_run_are_taken_over(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    study_file()(tmp_path)
    log = tmp_path / "log"
    stop_after(monkeypatch, float("inf"), log)
    also = str(home / "run" / "trainings.parquet")
    assert surrogate.main([*BUILD, *RUN, "--also", also]) == 0
    assert f"{NUM_NETWORKS} trainings of networks of mobilevit_debug" in capsys.readouterr().out
    assert not log.exists()
    assert Surrogate.load(str(OUT)).digest == Surrogate.load(str(home / OUT)).digest


def learnt_from_search(
    folder: Path, patch: pytest.MonkeyPatch, *, trials: int, also: str
) -> Surrogate:
    """Let a search of the main space, by arithmetic, choose some networks, and learn from them."""
    study_file(space="mobilevit", limits={}, sampler="random", pruning=None, trials=trials)(folder)
    patch.chdir(folder)
    patch.setattr(engine, "LocalEngine", arithmetic_engine)
    assert search.main(["--study", "./own.yaml", "--run-dir", "found", "--workers", "1"]) == 0
    stop_after(patch, float("inf"), folder / "log")
    build = ["build", "--study", "./own.yaml", "--without-table", "--networks", "12"]
    assert surrogate.main([*build, *RUN, "--also", also, "--out", "learnt"]) == 0
    return Surrogate.load("learnt")


def test_what_a_search_has_trained_is_learnt_from_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    built = learnt_from_search(tmp_path, monkeypatch, trials=MIN_NETWORKS, also="found")
    assert "trainings of networks of mobilevit by this proxy" in capsys.readouterr().out
    groups = {name: group.networks for name, group in built.about.groups.items()}
    assert groups == {"mobilevit": 15, "mobilevit, chosen": MIN_NETWORKS}  # 12 and the published
    kept = pd.read_parquet("run/trainings.parquet").network
    assert sum(name.startswith("own:") for name in set(kept)) >= MIN_NETWORKS


def test_too_few_chosen_networks_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    built = learnt_from_search(tmp_path, monkeypatch, trials=3, also="found/study.db")
    assert "3 networks that were chosen, not drawn at random, are left" in capsys.readouterr().out
    assert set(built.about.groups) == {"mobilevit"}


def test_a_search_that_trained_nothing_teaches_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(home)
    estimated = ["--study", "./own.yaml", "--evaluator", "surrogate", "--workers", "1"]
    assert search.main([*estimated, "--run-dir", str(tmp_path)]) == 0
    assert surrogate.main([*BUILD, *RUN, "--also", str(tmp_path)]) == 2
    assert "its accuracies came from a surrogate" in capsys.readouterr().err


def test_its_scores_are_told(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(home)
    assert surrogate.main(["eval", str(OUT)]) == 0
    output = capsys.readouterr().out
    for needle in ("R²", "Kendall τ", "params alone", "MACs alone", "ceiling"):
        assert needle in output
    assert f"`mobilevit_debug` ({NUM_NETWORKS})" in output


def test_a_search_is_estimated_and_says_so_everywhere(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(home)
    common = ["--study", "./own.yaml", "--evaluator", "surrogate", "--workers", "2"]
    assert search.main([*common, "--run-dir", str(tmp_path)]) == 0
    output = capsys.readouterr().out
    assert "accuracies: ESTIMATED by the surrogate mobilevit_debug; nothing is trained" in output
    assert "rungs have nothing to compare" in output
    assert "estimated proxy accuracy" in output
    assert "simulated clock:" in output
    trials = pd.read_csv(tmp_path / "trials.csv").query("state == 'complete'")
    built = Surrogate.load(str(OUT))
    specs = {spec.id: spec for spec in SearchSpace.load("mobilevit_debug").enumerate()}
    known = trials[trials.spec_id.isin(specs) & trials.duplicate_of.isna()]
    expected = built.predict([specs[spec_id] for spec_id in known.spec_id])
    assert known.top1.tolist() == pytest.approx(expected.top1.tolist())
    assert set(known.top1_kind) == {"estimated"}
    assert "stopped" not in set(pd.read_csv(tmp_path / "trials.csv").state)
    front = json.loads((tmp_path / "front.json").read_text())
    assert "estimated by a surrogate, not trained" in front["accuracy"]
    assert search.main([*common, "--run-dir", str(tmp_path), "--trials", "7"]) == 0
    assert "going on with a run" in capsys.readouterr().out


def test_a_dry_run_says_that_nothing_is_trained(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(home)
    assert search.main(["--study", "./own.yaml", "--evaluator", "surrogate", "--dry-run"]) == 0
    assert "nothing is trained" in capsys.readouterr().out


MAIN = surrogate.main
CASES = {
    "finalists of estimates": Case(
        "--study latency_iphone --evaluator surrogate --finalists 2",
        ("--finalists trains networks anew", "is a surrogate"),
    ),
    "Ray for estimates": Case(
        "--study latency_iphone --evaluator surrogate --engine ray",
        ("Ray spreads trainings", "is a surrogate"),
    ),
    "a space it does not know": Case(
        "--study ./own.yaml --evaluator surrogate",
        ("unlike", "mobilevit_debug", "surrogate build"),
        study_file(),
    ),
    "another proxy": Case(
        "--study ./own.yaml --evaluator surrogate",
        ("the surrogate mobilevit_family was made with proxy.steps 168", "asks for 99"),
        study_file(space="mobilevit", proxy={"steps": 99}),
    ),
    "other images": Case(
        "--study latency_iphone --evaluator surrogate --data imagefolder:photos",
        ("was made with data embedded", "imagefolder:photos"),
    ),
    "rivals": Case(
        "--study ./own.yaml --evaluator surrogate",
        ("contains only MobileViT networks", "deit_tiny"),
        study_file(space="mobilevit", rivals={"deit_tiny": 1}),
    ),
    "a verb that is none": Case("biuld", ("biuld",), main=MAIN),
    "no networks": Case("build --networks 0", ("--networks", "1 or more"), main=MAIN),
    "a study that is none": Case(
        "build --study latncy_iphone", ("Did you mean 'latency_iphone'",), main=MAIN
    ),
    "a table that is none": Case(
        "build --table mobilevit_tabel", ("Did you mean 'mobilevit_table'",), main=MAIN
    ),
    "a table of another proxy": Case(
        "build --study ./own.yaml",
        ("the table mobilevit_table was made with another proxy", "--without-table"),
        study_file(proxy={"steps": 99}),
        main=MAIN,
    ),
    "both tables": Case("build --table x --without-table", ("not allowed with",), main=MAIN),
    "an archive that is not there": Case(
        "build --also nowhere.parquet", ("--also: there is no file nowhere.parquet",), main=MAIN
    ),
    "a directory of no search": Case(
        "build --also .", ("--also: there is no file study.db", "directory of a search"), main=MAIN
    ),
    "a store that is none": Case(
        "build --also text.db", ("text.db",), text_file("text.db", "no"), main=MAIN
    ),
    "an archive that is none": Case(
        "build --also text.parquet",
        ("text.parquet cannot be read as Parquet",),
        text_file("text.parquet", "no"),
        main=MAIN,
    ),
    "a surrogate that is none": Case(
        "eval mobilevit_famly", ("Did you mean 'mobilevit_family'",), main=MAIN
    ),
    "a damaged surrogate": Case(
        "eval broken",
        ("surrogate.json",),
        both(text_file("broken/surrogate.json", "{"), text_file("broken/trainings.parquet", "")),
        main=MAIN,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_one_message(name: str, refuses: Refuses) -> None:
    refuses(CASES[name])


def test_without_scikit_learn_it_is_one_message(
    refuses: Refuses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    refuses(Case("--study latency_iphone --evaluator surrogate", ("pip install", "[surrogate]")))
