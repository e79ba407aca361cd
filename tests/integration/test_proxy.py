import dataclasses
from pathlib import Path

import pandas as pd
import pytest
from fakes import ArithmeticEvaluator, InlineExecutor

from nasbench_mvit.architecture.published import BASELINES
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cli import proxy, proxy_session
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.proxy.contest import (
    REFERENCE,
    REFERENCE_FACTOR,
    mosaic_contest,
    own_contest,
    spread_networks,
)
from nasbench_mvit.proxy.measure import curves, finished, plan, run
from nasbench_mvit.proxy.report import markdown, patches_per_level, scores_table
from nasbench_mvit.proxy.verdict import Trust, judge
from nasbench_mvit.search.evaluate import Report
from nasbench_mvit.training.recipe import ProxyConfig
from nasbench_mvit.training.report import TrainingResult

CONTEST = own_contest(ProxyConfig())


@dataclasses.dataclass(frozen=True)
class ByMacs:
    """Scores networks by their MACs; ``sign`` -1 turns the ranking round."""

    sign: float = 1.0

    def __call__(self, spec: MobileViTSpec, seed: int, report: Report) -> TrainingResult:
        result = ArithmeticEvaluator()(spec, 0, report)
        top1 = 0.5 + self.sign * count_costs(spec).macs / 1e11 + 0.001 * seed
        curve = tuple(dataclasses.replace(p, top1=top1 * p.fraction) for p in result.curve)
        return dataclasses.replace(result, curve=curve)


@pytest.fixture(scope="module")
def networks() -> dict[str, MobileViTSpec]:
    return dict(spread_networks(SearchSpace.load("mobilevit"), 6, 0))


def trained(
    networks: dict[str, MobileViTSpec], folder: Path, proxy_sign: float = 1.0
) -> pd.DataFrame:
    trainings = plan(CONTEST, networks)
    reference = CONTEST[REFERENCE].proxy
    run(
        trainings,
        folder,
        lambda recipe: InlineExecutor(ByMacs(1.0 if recipe == reference else proxy_sign)),
        lambda _training, _event: None,
    )
    return curves(finished(trainings, folder))


def test_networks_are_the_published_and_others_evenly_spread(
    networks: dict[str, MobileViTSpec],
) -> None:
    assert list(networks)[:3] == list(BASELINES)
    macs = [count_costs(spec).macs for spec in list(networks.values())[3:]]
    assert len(macs) == 6
    assert macs == sorted(macs)
    assert macs[-1] > 4 * macs[0]


def test_the_default_contest_holds_the_default_against_six_times_its_steps() -> None:
    contest = mosaic_contest()
    assert contest["default"].proxy == ProxyConfig()
    assert contest[REFERENCE].proxy.steps == REFERENCE_FACTOR * ProxyConfig().steps
    assert all(contestant.proxy.id for contestant in contest.values())


def test_a_proxy_that_ranks_alike_may_be_trusted_and_its_opposite_not(
    networks: dict[str, MobileViTSpec], tmp_path: Path
) -> None:
    alike = judge(trained(networks, tmp_path / "alike"), set(networks))
    assert {j.contestant: j.trust for j in alike}["default"] is Trust.YES
    opposite = judge(trained(networks, tmp_path / "opposite", -1.0), set(networks))
    (default,) = (j for j in opposite if j.contestant == "default")
    assert default.trust is Trust.NO
    assert default.agreement is not None
    assert default.agreement.rho == pytest.approx(-1.0)
    assert default.noise == pytest.approx(0.001 / 2**0.5)
    assert default.within_limit == default.agreement


def test_a_cut_contest_goes_on_and_an_unreadable_result_is_made_anew(
    networks: dict[str, MobileViTSpec], tmp_path: Path
) -> None:
    trained(networks, tmp_path)
    files = sorted(tmp_path.glob("*.json"))
    assert len(files) == len(plan(CONTEST, networks))
    files[0].write_text("{")
    files[1].unlink()
    ended = []
    run(
        plan(CONTEST, networks),
        tmp_path,
        lambda _recipe: InlineExecutor(ByMacs()),
        lambda training, _event: ended.append(training),
    )
    assert len(ended) == 2
    assert sorted(tmp_path.glob("*.json")) == files


def test_tables_name_every_recipe_network_and_figure(
    networks: dict[str, MobileViTSpec], tmp_path: Path
) -> None:
    table = trained(networks, tmp_path)
    text = markdown(CONTEST, judge(table, set()), 8.0)
    assert "limit of 8 ms" in text
    assert "`default` may be trusted to rank networks" in text
    assert "| `reference` |" in text
    scores = scores_table(table)
    assert all(f"| {name} |" in scores for name in networks)


@pytest.mark.parametrize(("size", "patches"), [(64, (16, 4, 1)), (128, (64, 16, 4))])
def test_patches_per_level(size: int, patches: tuple[int, ...]) -> None:
    assert patches_per_level(size) == patches


def test_the_command_reports_and_resumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        proxy_session, "LocalEngine", lambda _evaluator, workers: InlineExecutor(ByMacs(), workers)
    )
    args = ["--study", "smoke", "--networks", "3", "--workers", "2"]
    assert proxy.main(args) == 0
    assert "18 trainings of 6 networks, 0 of them done" in capsys.readouterr().out
    table = pd.read_parquet(tmp_path / "runs/proxy/trainings.parquet")
    assert set(table.contestant) == {"default", REFERENCE}
    assert "may be trusted" in (tmp_path / "runs/proxy/proxy.md").read_text()
    assert proxy.main(args) == 0
    assert "18 of them done" in capsys.readouterr().out


def test_a_bad_option_is_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        proxy.main(["--networks", "0"])
    assert stopped.value.code == 2
    assert "1 or more" in capsys.readouterr().err
