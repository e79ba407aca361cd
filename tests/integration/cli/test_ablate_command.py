"""``python -m nasbench_mvit ablate``: runs, shares, resumes; one real training of each recipe."""

import functools
import json
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from ablating import ablation_fields, arm_engine, write_ablation
from bad_input import images
from synthetic import synthetic_run

from nasbench_mvit.ablation.results.document import read_report
from nasbench_mvit.cli.ablate import command as ablate
from nasbench_mvit.cli.shared.parser import EXIT_CODES, INTERRUPTED
from nasbench_mvit.search.loop.estimate import Pace
from nasbench_mvit.workbench.ablations import plan as ablation_plan
from nasbench_mvit.workbench.shared import engines
from nasbench_mvit.workbench.shared.completion import Completion

Engine = Callable[..., list[str]]
PACE = Pace(seconds_per_mac=1e-6, start_seconds=2.0, update_share=0.9)
RECIPES = {
    "recipe": {
        "default": "averaged",
        "settings": {
            "averaged": {},
            "multi-scale": {"recipe": {"ema_decay": None, "sampler": "multi_scale"}},
        },
    }
}


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Put stand-ins in the place of trainings, in an empty directory; return what they log."""
    monkeypatch.chdir(tmp_path)

    def use(**options: object) -> list[str]:
        log: list[str] = []
        stand_in = functools.partial(arm_engine, log=log, **options)  # type: ignore[arg-type]
        monkeypatch.setattr(engines, "LocalEngine", stand_in)
        monkeypatch.setattr(ablation_plan, "time_training", lambda *_: PACE)
        return log

    return use


def run(*args: str) -> int:
    return ablate.main([*args, "--workers", "2"])


def test_it_trains_seed_by_seed_and_the_same_command_again_trains_nothing(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    log = engine(effects={"fusion: without": -0.2})
    write_ablation(Path("own.yaml"))
    assert run("--study", "./own.yaml") == 0
    arms = ["reference", "kernel: 1", "fusion: without"]
    assert log == [f"{arm} {seed}" for seed in range(3) for arm in arms]
    report = read_report(Path("runs/ablations/own/ablation.json"))
    assert report.effects[1].verdict == "larger than the noise"
    assert run("--study", "./own.yaml") == 0
    assert len(log) == 9
    assert "9 of them done" in capsys.readouterr().out


def test_more_seeds_go_on_from_fewer(engine: Engine) -> None:
    log = engine()
    write_ablation(Path("own.yaml"))
    assert run("--study", "./own.yaml", "--seeds", "2") == 0
    assert run("--study", "./own.yaml", "--seeds", "4") == 0
    assert len(log) == len(set(log)) == 3 * 4


def test_studies_share_their_default_arm(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    log = engine()
    factors = ablation_fields()["factors"]
    for name in factors:
        write_ablation(Path(f"{name}.yaml"), factors={name: factors[name]})
    both = ("--study", "./kernel.yaml", "--study", "./fusion.yaml")
    assert run(*both, "--dry-run") == 0
    said = capsys.readouterr().out
    assert "6 trainings: 0 done, 3 shared with a study above, 3 to do" in said
    assert re.search(r"plan: 9 trainings, about [\d,]+ core-seconds, about \d+ min", said)
    assert log == []
    assert not Path("runs").exists()
    assert run(*both) == 0
    assert len(log) == 9
    assert run(*both, "--dry-run") == 0
    assert "plan: no trainings, all are done" in capsys.readouterr().out


def test_a_cut_keeps_whole_seeds_and_the_same_command_goes_on(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    write_ablation(Path("own.yaml"))
    log = engine(stop_after=7)
    assert run("--study", "./own.yaml") == INTERRUPTED
    assert "the same command again goes on" in capsys.readouterr().out
    arms = pd.read_csv("runs/ablations/own/arms.csv")
    assert list(arms.seeds) == [2, 2, 2]
    again = engine()
    assert run("--study", "./own.yaml") == 0
    assert len(again) == 9 - 7
    assert not set(again) & set(log[:7])


def test_a_diverging_arm_is_named_and_the_rest_reported(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    engine(diverging=frozenset({"kernel: 1"}))
    write_ablation(Path("own.yaml"))
    assert run("--study", "./own.yaml") == EXIT_CODES[Completion.INCOMPLETE]
    assert "kernel: 1, seed 0 failed: the loss is not finite" in capsys.readouterr().out
    effects = read_report(Path("runs/ablations/own/ablation.json")).effects
    assert [effect.factor for effect in effects] == ["fusion"]


def test_time_over_ends_it_with_what_there_is(engine: Engine) -> None:
    log = engine()
    write_ablation(Path("own.yaml"))
    assert run("--study", "./own.yaml", "--max-minutes", "0.0000001") == 0
    assert log == []
    assert Path("runs/ablations/own/report.md").exists()


def test_around_a_trial_of_a_search(engine: Engine) -> None:
    log = engine()
    synthetic_run(Path("runs/latency_iphone"), 4)
    assert run("--around", "latency_iphone:5", "--seeds", "2") == 0
    folder = Path("runs/ablations/around_latency_iphone_5")
    arms = pd.read_csv(folder / "arms.csv")
    assert arms.arm[0] == "reference"
    assert arms.arm.iloc[-1] == "all factors changed"
    assert len(log) == 2 * len(arms)
    write_ablation(Path("own.yaml"))
    assert run("--study", "./own.yaml", "--around", "mobilevit_s") == 0
    around = pd.read_csv("runs/ablations/own_around_mobilevit_s/arms.csv")
    assert around.params[0] == 5_578_632


def test_the_recipes_train_for_real(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    images(10, 10)(tmp_path)
    proxy = {"input_size": 64, "steps": 16, "batch_size": 2}
    data = "imagefolder:photos"
    write_ablation(Path("own.yaml"), factors=RECIPES, seeds=2, proxy=proxy, data=data)
    assert run("--study", "./own.yaml") == 0
    trained = pd.read_parquet("runs/ablations/trainings.parquet")
    last = trained[trained.fraction == 1.0]
    assert len(last) == 4
    recipes = [json.loads(recipe) for recipe in last.recipe]
    changed = [name for r in recipes for name in ("ema_decay", "input_sizes") if name in r]
    assert sorted(changed) == 2 * ["ema_decay"] + 2 * ["input_sizes"]
    assert "own: a test" in capsys.readouterr().out
    assert not list(Path("runs/ablations/checkpoints").glob("*/*.pt"))
