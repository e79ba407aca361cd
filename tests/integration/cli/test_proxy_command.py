import dataclasses
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from fakes import ArithmeticEvaluator, InlineExecutor, PlannedStandIn, planned_evaluator

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cli.proxy import command as proxy
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.errors import StoreError
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.proxy.recipes import (
    REFERENCE,
    own_recipes,
    spread_networks,
)
from nasbench_mvit.proxy.report import report
from nasbench_mvit.proxy.trainings import plan, scores
from nasbench_mvit.proxy.verdict import Trust, recipe_verdicts
from nasbench_mvit.search.batch.archive import Archive, Training
from nasbench_mvit.search.batch.run import missing, run
from nasbench_mvit.search.engines.contract import Event, Finished
from nasbench_mvit.search.evaluators.proxy import Evaluator, Report
from nasbench_mvit.search.study.config import load_study
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import TrainingResult
from nasbench_mvit.workbench.shared import engines as engine

RECIPES = own_recipes(ProxyConfig())


def planned(networks: dict[str, MobileViTSpec]) -> list[Training]:
    return plan(RECIPES, networks, lambda _proxy: "fingerprint")


@dataclasses.dataclass(frozen=True)
class ByMacs:
    """Scores networks by their MACs; ``sign`` -1 turns the ranking round."""

    sign: float = 1.0

    def __call__(self, spec: Network, seed: int, report: Report) -> TrainingResult:
        result = ArithmeticEvaluator()(spec, 0, report)
        top1 = 0.5 + self.sign * count_costs(spec).macs / 1e11 + 0.001 * seed
        curve = tuple(dataclasses.replace(p, top1=top1 * p.fraction) for p in result.curve)
        return dataclasses.replace(result, curve=curve)


@pytest.fixture(scope="module")
def networks() -> dict[str, MobileViTSpec]:
    return dict(spread_networks(SearchSpace.load("mobilevit"), 6, 0))


def go(
    trainings: list[Training],
    archive: Archive,
    evaluator: Callable[[ProxyConfig], Evaluator] = lambda _recipe: ByMacs(),
    observe: Callable[[Training, Event], None] = lambda _training, _event: None,
) -> None:
    """Run what the archive lacks, in this process."""
    waiting = missing(trainings, archive)
    planned = planned_evaluator(waiting)
    stand_in = PlannedStandIn(planned, evaluator)
    run(planned, archive, lambda _: InlineExecutor(stand_in), observe, lambda: False)


def trained(
    networks: dict[str, MobileViTSpec], folder: Path, proxy_sign: float = 1.0
) -> dict[Training, TrainingResult]:
    trainings = planned(networks)
    archive = Archive(folder / "trainings.parquet")
    reference = RECIPES[REFERENCE].proxy
    go(trainings, archive, lambda recipe: ByMacs(1.0 if recipe == reference else proxy_sign))
    return archive.finished(trainings)


def test_networks_are_the_published_and_others_evenly_spread(
    networks: dict[str, MobileViTSpec],
) -> None:
    assert list(networks)[:3] == list(BASELINES)
    macs = [count_costs(spec).macs for spec in list(networks.values())[3:]]
    assert len(macs) == 6
    assert macs == sorted(macs)
    assert macs[-1] > 4 * macs[0]


def test_a_proxy_that_ranks_alike_may_be_trusted_and_its_opposite_not(
    networks: dict[str, MobileViTSpec], tmp_path: Path
) -> None:
    alike = recipe_verdicts(scores(trained(networks, tmp_path / "alike")), set(networks))
    assert {j.recipe: j.trust for j in alike}["proxy"] is Trust.YES
    opposite = recipe_verdicts(
        scores(trained(networks, tmp_path / "opposite", -1.0)), set(networks)
    )
    (default,) = (j for j in opposite if j.recipe == "proxy")
    assert default.trust is Trust.NO
    assert default.agreement is not None
    assert default.agreement.rho == pytest.approx(-1.0)
    assert default.of_one_seed == pytest.approx(-1.0)
    assert default.noise == pytest.approx(0.001 / 2**0.5)
    assert default.within_limit == default.agreement


def test_a_cut_contest_goes_on(networks: dict[str, MobileViTSpec], tmp_path: Path) -> None:
    trainings = planned(networks)
    path = tmp_path / "trainings.parquet"
    go(trainings[:4], Archive(path))
    ended: list[Training] = []

    def observe(training: Training, event: Event) -> None:
        if isinstance(event, Finished):
            ended.append(training)

    go(trainings, Archive(path), observe=observe)
    assert set(ended) == set(trainings[4:])
    assert set(Archive(path).finished(trainings)) == set(trainings)


def test_a_training_on_other_images_is_another(
    networks: dict[str, MobileViTSpec], tmp_path: Path
) -> None:
    path = tmp_path / "trainings.parquet"
    go(planned(networks), Archive(path))
    assert not Archive(path).finished(plan(RECIPES, networks, lambda _proxy: "other"))


def test_the_archive_gives_back_what_was_put_in(
    networks: dict[str, MobileViTSpec], tmp_path: Path
) -> None:
    first, second, *_ = planned(networks)
    results = {t: ByMacs()(t.spec, t.seed, lambda _report: None) for t in (first, second)}
    archive = Archive(tmp_path / "trainings.parquet")
    for training, result in results.items():
        archive.add(training, result)
    assert Archive(tmp_path / "trainings.parquet").finished([first, second]) == results


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not Parquet at all", bytes(100)])
def test_a_damaged_archive_is_one_message(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "trainings.parquet"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"cannot be read as Parquet.*Move it away"):
        Archive(path)
    assert path.read_bytes() == content


def test_a_parquet_file_of_something_else_is_one_message(tmp_path: Path) -> None:
    path = tmp_path / "trainings.parquet"
    pd.DataFrame({"network": ["a"]}).to_parquet(path)
    with pytest.raises(StoreError, match="lacks the columns spec_id"):
        Archive(path)


def test_tables_name_every_recipe_network_and_figure(
    networks: dict[str, MobileViTSpec], tmp_path: Path
) -> None:
    results = trained(networks, tmp_path)
    text = report(RECIPES, networks, results, load_predictor("iphone12_coreml"), 8.0).markdown
    assert "limit of 8 ms" in text
    assert "`proxy` may be trusted to rank networks" in text
    assert "`reference` may" not in text
    assert "| mobilevit_s | 2,001 | 5.58 | 10.5 (over) |" in text
    assert "| mobilevit_xs | 1,026 | 2.32 | 7.7 |" in text
    assert all(f"| {name} |" in text for name in networks)


def test_the_command_reports_and_resumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        engine,
        "LocalEngine",
        lambda plan, workers: InlineExecutor(PlannedStandIn(plan, lambda _: ByMacs()), workers),
    )
    args = ["--study", "smoke", "--networks", "3", "--workers", "2"]
    assert proxy.main(args) == 0
    # one of the three drawn from so small a space is a published one
    assert "15 trainings of 5 networks, 0 of them done" in capsys.readouterr().out
    table = pd.read_parquet(tmp_path / "runs/proxy/trainings.parquet")
    assert set(table.spec_id) >= {published(name).id for name in BASELINES}
    assert table.proxy_id.nunique() == len(RECIPES)
    assert "may be trusted" in (tmp_path / "runs/proxy/proxy.md").read_text()
    assert proxy.main(args) == 0
    assert "15 of them done" in capsys.readouterr().out


def test_the_command_holds_the_published_networks_to_imagenet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        engine,
        "LocalEngine",
        lambda plan, workers: InlineExecutor(PlannedStandIn(plan, lambda _: ByMacs()), workers),
    )
    args = ["--study", "smoke", "--against", "imagenet", "--seeds", "2", "--workers", "2"]
    assert proxy.main(args) == 0
    assert "40 trainings of 20 networks, 0 of them done" in capsys.readouterr().out
    report = (tmp_path / "runs/proxy/imagenet.md").read_text()
    (score,) = [line for line in report.splitlines() if line.startswith("| score | 0.")]
    (macs,) = [line for line in report.splitlines() if line.startswith("| log MACs | 0.9")]
    assert score.removeprefix("| score") == macs.removeprefix("| log MACs")
    assert "0.1 points between seeds" in report
    assert proxy.main(args) == 0
    assert "40 of them done" in capsys.readouterr().out


def test_the_command_writes_a_calibration_that_a_study_of_the_proxy_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        engine,
        "LocalEngine",
        lambda plan, workers: InlineExecutor(PlannedStandIn(plan, lambda _: ByMacs()), workers),
    )
    args = ["--study", "smoke", "--against", "imagenet", "--calibration", "mine.json"]
    (tmp_path / "mine.json").write_text("{}")
    assert proxy.main([*args, "--seeds", "2"]) == 2
    assert "--calibration: " in (refused := capsys.readouterr()).err
    assert "trainings of" not in refused.out
    (tmp_path / "mine.json").unlink()
    assert proxy.main([*args, "--seeds", "2"]) == 0
    said = capsys.readouterr().out
    assert "mine.json: estimated from the proxy's score by the calibration mine to 20" in said
    assert "2 seeds a network, of which 3 or more are advised" in said
    _, study = load_study("smoke")
    found = study.model_copy(update={"calibration": "mine.json"}).find_calibration()
    assert found is not None
    assert [len(network.scores) for network in found.document.networks] == [2] * 20
    assert found.document.noise is not None
    assert found.document.noise.sd == pytest.approx(0.001 / 2**0.5)


@pytest.mark.parametrize(
    ("args", "needle"),
    [
        (["--calibration", "a.json"], "--calibration: needs --against imagenet"),
        (["--seeds", "2"], "--seeds: needs --against imagenet"),
        (["--against", "imagenet", "--networks", "3"], "--networks: needs --against longer"),
        (["--against", "cifar"], "imagenet"),
    ],
)
def test_options_of_the_other_comparison_are_refused(
    args: list[str], needle: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        proxy.main(args)
    assert stopped.value.code == 2
    assert needle in capsys.readouterr().err


def test_a_bad_option_is_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        proxy.main(["--networks", "0"])
    assert stopped.value.code == 2
    assert "1 or more" in capsys.readouterr().err
