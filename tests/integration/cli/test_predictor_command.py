import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from latency_law import milliseconds, networks, records, scaled, write_records
from measuring import TARGET

from nasbench_mvit.architecture.published import published
from nasbench_mvit.cli.predictor import command as predictor
from nasbench_mvit.cli.search import command as search
from nasbench_mvit.latency.predictor.document_fits import HELD_OUT, MODEL, Regression
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.latency.records.record_file import to_line
from nasbench_mvit.search.loop.estimate import Pace
from nasbench_mvit.search.study.config import load_study, predictor_of
from nasbench_mvit.workbench.studies import plan

Run = Callable[..., str]
PACE = Pace(seconds_per_mac=1e-9, start_seconds=0.0, update_share=0.9)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with records of two devices and a predictor of the first."""
    place = tmp_path_factory.mktemp("phones")
    write_records(place / "a.jsonl", 50)
    slower = {"device": "Test phone"}
    write_records(place / "b.jsonl", 12, scaled(3.0), seed=1, target=slower)
    assert (
        predictor.main(["fit", f"{place}/a.jsonl", "-o", f"{place}/a.json", "--holdout", "15"]) == 0
    )
    return place


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*args: str) -> str:
        monkeypatch.chdir(folder)
        assert predictor.main(list(args)) == 0
        return capsys.readouterr().out

    return call


def test_fit_prints_scores_beside_the_baselines_and_the_noise_floor(run: Run) -> None:
    out = run("fit", "a.jsonl", "-o", "new.json", "--holdout", "15")
    for words in ("noise floor", "MAPE", "Spearman", "MACs only", "operator counts", "held out",
                  "extrapolation", "where the milliseconds go", "wrote new.json"):  # fmt: skip
        assert words in out
    made = load_predictor("./new.json")
    assert made.document == load_predictor("./a.json").document.model_copy(update={"name": "new"})
    assert isinstance(made.document.fit, Regression)
    assert made.document.fit.scores[HELD_OUT][MODEL].rows == 15
    assert made.document.fit.scores[HELD_OUT][MODEL].mape < 0.03


def test_eval_tells_rows_of_the_fit_from_others_and_writes_a_report(run: Run, folder: Path) -> None:
    out = run("eval", "a.json", "a.jsonl", "--report", "report")
    assert "not fitted to   model             15" in out
    assert "fitted to       model             35" in out
    assert "missed most" in out
    with (folder / "report/rows.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 50


def test_predict_a_published_network_and_one_of_one_s_own(run: Run, folder: Path) -> None:
    spec = published("mobilevit_xs")
    (folder / "mine.json").write_text(spec.to_json(), encoding="utf-8")
    latency = load_predictor(folder / "a.json").predict(spec)
    words = f"{latency.ms:.2f}   [{latency.low:.2f}, {latency.high:.2f}]"
    named, filed = (
        run("predict", "a.json", "--spec", "mobilevit_xs"),
        run("predict", "a.json", "--spec", "mine.json"),
    )
    assert words in named
    of_file = filed.replace("mine", "mobilevit_xs").replace("─", "").split()
    assert of_file == named.replace("─", "").split()
    assert "attention" in named


def test_predict_the_networks_of_a_file(run: Run, folder: Path) -> None:
    specs = [networks(1)[0], published("mobilevit_xs", resolution=512)]
    (folder / "two.json").write_text(json.dumps([spec.to_dict() for spec in specs]))
    out = run("predict", "a.json", "--spec", "two.json")
    lines = {spec.id: next(line for line in out.splitlines() if spec.id in line) for spec in specs}
    assert "]*" not in lines[specs[0].id]
    assert "]*" in lines[specs[1].id]
    assert "* the network is unlike those" in out


def test_predict_a_space_to_a_table(run: Run, folder: Path) -> None:
    out = run("predict", "iphone12_coreml", "--space", "mobilevit_debug", "--networks", "7",
              "-o", "space.csv")  # fmt: skip
    assert "7 networks" in out
    with (folder / "space.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 7
    for row in rows:
        assert float(row["low_ms"]) <= float(row["ms"]) <= float(row["high_ms"])
        assert json.loads(row["spec"])["resolution"] == 256


def test_transfer_adapts_to_another_device(run: Run) -> None:
    out = run("transfer", "a.json", "b.jsonl", "-o", "b.json", "--holdout", "4")
    assert f"parent: a, {load_predictor('./a.json').document.target}" in out
    made = load_predictor("./b.json").document
    assert made.target.device == "Test phone"
    assert made.parent is not None
    assert made.records.count == 8
    xs = published("mobilevit_xs")
    ratio = load_predictor("./b.json").predict(xs).ms / load_predictor("./a.json").predict(xs).ms
    assert ratio == pytest.approx(3, rel=0.05)


def test_the_records_of_a_run_directory(run: Run, folder: Path) -> None:
    (folder / "runs/measure-x").mkdir(parents=True)
    shutil.copy(folder / "a.jsonl", folder / "runs/measure-x/records.jsonl")
    run("fit", "runs/measure-x", "-o", "of_a_run.json")
    run("eval", "of_a_run.json", "runs/measure-x")
    assert load_predictor("./of_a_run.json").document.records.count == 50


def test_a_predictor_that_misses_by_more_than_a_quarter_says_do_not_use(
    run: Run, folder: Path
) -> None:
    specs = networks(16, seed=3)
    values = milliseconds(specs, noise=0.8, seed=3)
    phone = TARGET.model_copy(update={"device": "Noisy phone"})
    (folder / "c.jsonl").write_text("".join(map(to_line, records(specs, values, phone))))
    out = run("transfer", "a.json", "c.jsonl", "-o", "c.json", "--holdout", "5")
    assert "do not use it, for 5 networks that it was not fitted to are missed by" in out
    assert "searches with it" not in out
    made = load_predictor("./c.json")
    assert made.document.do_not_use is not None
    assert "(do not use: 5 networks" in made.title
    assert "do not use: 5 networks" in run("predict", "c.json", "--spec", "mobilevit_xs")
    assert "do not use it, for" in run("eval", "c.json", "c.jsonl")
    assert "do_not_use" not in (folder / "a.json").read_text(encoding="utf-8")
    assert load_predictor("./a.json").document.do_not_use is None


def test_a_predictor_file_may_be_written_anew(run: Run) -> None:
    run("fit", "a.jsonl", "-o", "again.json")
    run("fit", "a.jsonl", "-o", "again.json", "--holdout", "10")
    assert load_predictor("./again.json").document.records.count == 40


def test_a_search_plans_with_a_predictor_of_one_s_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(plan, "time_training", lambda *_: PACE)
    assert search.main(["--study", "smoke", "--predictor", "a.json", "--dry-run"]) == 0
    out = capsys.readouterr().out
    made = f"estimated for {TARGET.device} with {TARGET.runtime} from 35 networks measured on it"
    assert made in out
    _, android = load_study("latency_android")
    own = android.with_options(trials=None, seed=None, data=None, predictor="a.json")
    assert predictor_of(own).document.target.device == TARGET.device


def test_the_module_is_the_command_and_loads_no_torch(folder: Path) -> None:
    program = (
        "import sys\n"
        "from nasbench_mvit.cli.predictor.command import main\n"
        "code = main(['predict', 'a.json', '--spec', 'mobilevit_s'])\n"
        "assert 'torch' not in sys.modules\n"
        "sys.exit(code)\n"
    )
    for command in (["-c", program], ["-m", "nasbench_mvit", "predictor", "--help"]):
        done = subprocess.run(
            [sys.executable, *command], cwd=folder, capture_output=True, text=True, check=False,
            env=os.environ | {"PYTHONPATH": str(Path(predictor.__file__).parents[3])},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert "transfer" in done.stdout
