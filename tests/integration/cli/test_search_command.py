"""The command as a user runs it: a process of its own in an empty directory."""

import html
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
import pytest
from bad_input import images
from fakes import ArithmeticEvaluator, InlineExecutor
from PIL import Image

from nasbench_mvit.cli.search import command as search
from nasbench_mvit.search.finalists.choice import NUM_SEEDS
from nasbench_mvit.search.results.next_steps import export_command, search_command
from nasbench_mvit.workbench.exploration.sections import next_step
from nasbench_mvit.workbench.shared import engines
from nasbench_mvit.workbench.studies.open import open_study

PATIENCE_S = 300
COMMAND = [sys.executable, "-m", "nasbench_mvit.search"]


def run(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *args],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        env=os.environ | {"COLUMNS": "120"},
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("smoke")
    done = run(folder, "--study", "smoke")
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


@pytest.mark.slow
def test_smoke_ends_with_the_front_beside_the_baselines(finished: tuple[Path, str]) -> None:
    folder, output = finished
    assert "Pareto front" in output
    for title in ("MobileViT-S ", "MobileViT-XS", "MobileViT-XXS"):
        assert title in output
    basis = "the authors' published iPhone 12 measurements"
    assert f"estimated for iPhone 12 with Core ML from {basis}" in output
    front = json.loads((folder / "runs/smoke/front.json").read_text())
    assert [entry["name"] for entry in front["baselines"]] == [
        "MobileViT-S",
        "MobileViT-XS",
        "MobileViT-XXS",
    ]
    assert all(0 < entry["top1"] < 1 for entry in front["front"] + front["baselines"])
    assert len(pd.read_csv(folder / "runs/smoke/trials.csv")) >= 3 + 4
    assert not list((folder / "runs/smoke/checkpoints").iterdir())


@pytest.mark.slow
def test_the_same_command_again_trains_nothing(finished: tuple[Path, str]) -> None:
    folder, _ = finished
    before = (folder / "runs/smoke/trials.csv").read_text()
    again = run(folder, "--study", "smoke")
    assert again.returncode == 0
    assert "going on with a run that holds 7 finished networks" in again.stdout
    assert (folder / "runs/smoke/trials.csv").read_text() == before


@pytest.mark.slow
def test_optuna_opens_the_store(finished: tuple[Path, str]) -> None:
    folder, _ = finished
    url = f"sqlite:///{folder}/runs/smoke/study.db"
    study = optuna.load_study(study_name="smoke", storage=url)
    assert study.best_trials
    assert study.user_attrs["nasbench_mvit"]["versions"]["optuna"] == optuna.__version__


@pytest.mark.slow
def test_a_dry_run_prices_the_plan_and_leaves_nothing_behind(tmp_path: Path) -> None:
    done = run(tmp_path, "--study", "smoke", "--dry-run", "--workers", "1", "--finalists", "2")
    assert done.returncode == 0, done.stderr
    assert "12 networks" in done.stdout
    # Searched: 4 networks and baselines of 1, 1 and 2 seeds; finalists: 2 and 3, with 3 seeds each.
    assert "plan: 23 trainings (4 of published networks, 15 of finalists)" in done.stdout
    assert re.search(r"about (\d+ min )?\d+ s with workers: 1", done.stdout)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_says_how_to_go_on_and_does(tmp_path: Path, number: signal.Signals) -> None:
    args = ["--study", "smoke", "--workers", "1"]
    # What runs in the background may ignore SIGINT, and its children with it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [*COMMAND, *args], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + PATIENCE_S
    while not list(tmp_path.glob("runs/smoke/checkpoints/*.pt")):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(number)
    output, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert errors == ""
    assert "the same command again goes on from here" in output
    resumed = run(tmp_path, *args)
    assert resumed.returncode == 0, resumed.stderr
    front = json.loads((tmp_path / "runs/smoke/front.json").read_text())
    assert [len(entry["seeds"]) for entry in front["baselines"]] == [1, 1, 2]


@pytest.mark.slow
def test_own_images_and_a_fresh_start(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for label, colour in enumerate(((250, 20, 20), (20, 20, 250))):
        place = tmp_path / "photos" / f"class{label}"
        place.mkdir(parents=True)
        for number in range(20):
            noise = rng.integers(0, 40, (48, 64, 3))
            pixels = np.clip(np.array(colour) + noise - 20, 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(place / f"{number}.png")
        for number in range(20, 30):
            shutil.copy(place / "0.png", place / f"{number}.png")
    args = ["--study", "smoke", "--data", "imagefolder:photos", "--trials", "1"]
    first = run(tmp_path, *args)
    assert first.returncode == 0, first.stderr
    assert "of the validation images are also among the training images" in first.stdout
    report = (tmp_path / "runs/smoke/front.json").read_text()
    assert "single images" in json.loads(report)["accuracy"]
    second = run(tmp_path, *args, "--fresh", "--max-minutes", "0.0001")
    assert second.returncode == 0, second.stderr
    assert "the earlier run is kept in " in second.stdout
    assert "the time limit is reached" in second.stdout
    (aside,) = tmp_path.glob("runs/smoke.*")
    assert (aside / "front.json").read_text() == report


def test_help_is_quick_to_load_and_loads_neither_torch_nor_optuna() -> None:
    program = (
        "import sys; from nasbench_mvit.cli.search import command as search\n"
        "try: search.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'torch', 'optuna', 'pandas', 'ray'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_options_are_these_and_no_others() -> None:
    done = run(Path.cwd(), "--help")
    options = {word.rstrip(",") for word in done.stdout.split() if word.startswith("--")}
    assert options >= {
        "--study",
        "--trials",
        "--max-minutes",
        "--workers",
        "--seed",
        "--data",
        "--storage",
        "--run-dir",
        "--fresh",
        "--finalists",
        "--finalist-seeds",
        "--finetune",
        "--int8",
        "--dry-run",
        "--predictor",
        "--sampler",
        "--prior",
        "--evaluator",
        "--supernet",
        "--engine",
        "--address",
        "--cpus-per-trial",
        "--gpus-per-trial",
        "--storage-path",
        "--track",
    }
    assert len(options) == 26  # and --help
    assert f"default: {NUM_SEEDS}" in " ".join(done.stdout.split())


def test_the_driver_never_loads_torch() -> None:
    program = (
        "import sys; from nasbench_mvit.workbench.studies import run\n"
        "import nasbench_mvit.latency.predictor.predictor, nasbench_mvit.figures.pareto.figure\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_the_reports_of_another_study_are_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    options = ["--trials", "4", "--sampler", "random", "--run-dir", "x"]
    assert search.main(["--study", "table_iphone", *options]) == 0
    before = {path.name: path.read_bytes() for path in Path("x").iterdir() if path.is_file()}
    shutil.copy(Path(__file__).parents[3] / "studies/table_iphone.yaml", "second.yaml")
    for storage in ("sqlite:///shared.db", "sqlite:///x/study.db"):
        assert search.main(["--study", "./second.yaml", *options, "--storage", storage]) == 2
        said = capsys.readouterr().err
        assert "x holds the reports of the study 'table_iphone'" in said
        assert "another --run-dir" in said
        assert all(Path("x", name).read_bytes() == content for name, content in before.items())


def test_the_next_command_names_what_is_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    elsewhere = "sqlite:///a.db"
    for more, named in (
        (["--run-dir", "runs/photos"], "runs/photos"),
        (["--run-dir", "my runs/x"], "'my runs/x'"),
        (
            ["--run-dir", "x", "--storage", elsewhere],
            f"table_iphone --storage {elsewhere} --run-dir x",
        ),
    ):
        options = ["--study", "table_iphone", "--trials", "6", "--sampler", "random"]
        assert search.main([*options, *more]) == 0
        last = capsys.readouterr().out.splitlines()[-1]
        report = html.unescape(Path(more[1], "report.html").read_text())
        assert last.removeprefix("next: ") in report
        study = open_study(elsewhere if "--storage" in more else more[1])
        assert last == f"next: {export_command(Path('P'), study.best_under(8.0).trial)}".replace(
            "./P", named
        )


@pytest.mark.parametrize("options", [[], ["--seed", "5"], ["--data", "imagefolder:photos"]])
@pytest.mark.parametrize("run_dir", ["runs/x", "my run"])
def test_the_command_of_the_report_goes_on_with_the_run(
    options: list[str], run_dir: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        engines, "LocalEngine", lambda _, workers: InlineExecutor(ArithmeticEvaluator(), workers)
    )
    images(8, 8)(tmp_path)
    started = ["--study", "smoke", *options, "--run-dir", run_dir]
    assert search.main(started) == 0
    study = open_study(tmp_path / run_dir)
    command = search_command(Path(run_dir))
    assert search.main(shlex.split(command)[3:]) == 0
    again = open_study(tmp_path / run_dir)
    assert len(again.trials) == len(study.trials)
    step = next_step(study).command
    assert ("--finalists" in step) == ("--data" not in options)
