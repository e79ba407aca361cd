"""The command ``cost``: closed formulas, and fvcore's trace where it is asked for."""

import doctest
from pathlib import Path

import pytest
from tiny_training import tiny_spec

from nasbench_mvit.cli.cost import command as cost
from nasbench_mvit.workbench import costs


def test_the_published_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert cost.main(["mobilevit_s"]) == 0
    said = capsys.readouterr().out
    assert "5,578,632" in said
    assert "2,000,831,488" in said


def test_the_trace_agrees_with_the_formulas(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "spec.json"
    path.write_text(tiny_spec().to_json())
    assert cost.main([str(path), "--check", "--resolution", "96"]) == 0
    said = capsys.readouterr().out
    assert "agree exactly" in said
    assert "aten::batch_norm" in said


def test_a_difference_is_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = costs.network_costs([tiny_spec()])
    rows = found.networks.assign(traced_params=found.networks.params, traced_macs=0)
    differing = costs.NetworkCosts(networks=rows, agrees=False, uncounted=())
    monkeypatch.setattr(costs, "network_costs", lambda *_, **__: differing)
    assert cost.main(["mobilevit_xxs", "--check"]) == 1
    assert "DIFFER" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["mobilevit_m"], "unknown network 'mobilevit_m'. Did you mean"),
        (["mobilevit_s", "--resolution", "8"], "from 32 to 2048, got 8"),
    ],
)
def test_bad_input_is_one_message(
    args: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cost.main(args) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


def test_the_example() -> None:
    assert doctest.testmod(costs).failed == 0
