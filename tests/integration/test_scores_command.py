"""Training-free scores of a table as a command, with scores that take no time."""

import math
from pathlib import Path

import pytest
from bad_input import Case, Refuses
from surrogate_making import use_few_trees
from tiny_training import tiny_data

from nasbench_mvit.analysis import ranking
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.benchmark.scores.archive import read
from nasbench_mvit.cli import scores_session, table
from nasbench_mvit.errors import ScoreError
from nasbench_mvit.surrogate import held_out
from nasbench_mvit.training_free.names import NAMES

SCORES = ["scores", "--run-dir", "run"]
FILE = Path("run/scores.parquet")
NUM_NETWORKS = 216


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    use_few_trees(monkeypatch)
    monkeypatch.setattr(ranking, "RESAMPLES", 50)
    monkeypatch.setattr(held_out, "RESAMPLES", 50)


class Scoring:
    """Scores by the head's width; raises ``problem`` after ``ends_after`` networks."""

    def __init__(self, problem: BaseException, ends_after: float = math.inf) -> None:
        self.scored: list[str] = []
        self._problem = problem
        self._ends_after = ends_after

    def __call__(self, spec: MobileViTSpec, _start: object) -> dict[str, float]:
        if len(self.scored) >= self._ends_after:
            raise self._problem
        self.scored.append(spec.id)
        return {name: spec.head_channels + len(self.scored) for name in NAMES}


def test_a_stopped_run_goes_on_and_ends_in_a_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = Scoring(KeyboardInterrupt(), ends_after=3), Scoring(KeyboardInterrupt())
    monkeypatch.setattr(scores_session, "score", first)
    assert table.main(SCORES) == 130
    assert "goes on from here" in capsys.readouterr().out
    assert read(FILE)["spec_id"].tolist() == first.scored
    monkeypatch.setattr(scores_session, "score", second)
    assert table.main(SCORES) == 0
    output = capsys.readouterr().out
    assert f"{NUM_NETWORKS} networks, 3 of them scored" in output
    assert "| zico | Li et al. 2023 |" in output
    assert Path("run/report.md").read_text() in output
    assert len(second.scored) == NUM_NETWORKS - 3
    assert set(read(FILE)["spec_id"]) == {*first.scored, *second.scored}


def test_a_score_that_is_no_number_ends_as_one_message_and_the_others_are_kept(
    monkeypatch: pytest.MonkeyPatch, refuses: Refuses
) -> None:
    problem = ScoreError("the score zico is nan.")
    monkeypatch.setattr(scores_session, "score", Scoring(problem, ends_after=2))
    refuses(Case(tuple(SCORES), ("the score zico is nan",), main=table.main))
    assert len(read(FILE)) == 2


CASES = {
    "an unknown table": Case("scores --table mobilevit_tabel", ("mobilevit_table",)),
    "a seed below zero": Case("scores --seed -1", ("--seed",)),
    "a file that is none": Case(
        "scores --run-dir .",
        ("scores.parquet", "Parquet", "--run-dir"),
        prepare=lambda folder: (folder / "scores.parquet").write_text("no"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_one_message(name: str, refuses: Refuses) -> None:
    case = CASES[name]
    refuses(Case(case.args, case.needles, prepare=case.prepare, main=table.main))


def test_other_images_than_the_table_s_are_refused(
    monkeypatch: pytest.MonkeyPatch, refuses: Refuses
) -> None:
    monkeypatch.setattr(scores_session, "open_images", lambda *_, **__: tiny_data())
    needles = ("mobilevit_table", "fingerprint", "build the table anew")
    refuses(Case("scores", needles, main=table.main))
