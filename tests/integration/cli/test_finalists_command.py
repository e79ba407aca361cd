"""``--finalists`` as a user gives it: with trainings of arithmetic, and once for real."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bad_input import both, exit_code, images, study_file
from fakes import ArithmeticEvaluator, InlineExecutor
from final_round import SlowerIsBetter

from nasbench_mvit.search.evaluators.proxy import ProxyEvaluator
from nasbench_mvit.workbench.shared import engines

SMOKE = ["--study", "smoke"]
FINALISTS = [*SMOKE, "--finalists", "2"]
RUN = Path("runs/smoke")


class Trainings:
    """Stands in for the engine; remembers the jobs of the search and of the finalists.

    Attributes:
        search, finalists: executors, one for each time there was something to run.
        stop_after: finalists' trainings until Ctrl-C.
    """

    def __init__(self) -> None:
        self.search: list[InlineExecutor] = []
        self.finalists: list[InlineExecutor] = []
        self.stop_after = float("inf")

    def engine(self, evaluator: ProxyEvaluator, workers: int) -> InlineExecutor:
        if evaluator.scores_test:
            scored = ArithmeticEvaluator(scores_test=True)
            self.finalists.append(InlineExecutor(scored, slots=workers, stop_after=self.stop_after))
            return self.finalists[-1]
        self.search.append(InlineExecutor(SlowerIsBetter(), slots=workers))
        return self.search[-1]

    def count(self) -> tuple[int, int]:
        """Return the trainings of the search and of the finalists since the last count."""
        counts = tuple(
            sum(len(e.submitted) for e in part) for part in (self.search, self.finalists)
        )
        self.search, self.finalists = [], []
        return counts[0], counts[1]


@pytest.fixture
def trainings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trainings:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    stand_in = Trainings()
    monkeypatch.setattr(engines, "LocalEngine", stand_in.engine)
    return stand_in


Read = Callable[[], str]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Read:
    return lambda: capsys.readouterr().out


def test_one_command_searches_and_trains_the_finalists(trainings: Trainings, said: Read) -> None:
    assert exit_code(FINALISTS) == 0
    assert trainings.count() == (8, 5 * 3)
    output = said()
    assert "test images: 5,000, for the finalists alone" in output
    assert output.index("Pareto front") < output.index("15 trainings to do")
    assert "ended: all finalists are scored" in output
    assert "5 networks trained anew with the seeds 2, 3, 4" in output
    for word in ("verdict: ", "noise: ", "power: ", "optimism: "):
        assert word in output
    assert "goes on" not in output
    final = json.loads((RUN / "front.json").read_text())["finalists"]
    assert len(final["networks"]) == 5
    assert len(pd.read_csv(RUN / "finalists.csv")) == 15
    assert "Final evaluation" in (RUN / "report.html").read_text()
    assert exit_code(FINALISTS) == 0
    assert trainings.count() == (0, 0)
    assert exit_code(SMOKE) == 0  # also without asking, what is known is reported
    assert trainings.count() == (0, 0)
    assert json.loads((RUN / "front.json").read_text())["finalists"] == final


def test_a_finished_search_trains_only_finalists(trainings: Trainings, said: Read) -> None:
    assert exit_code(SMOKE) == 0
    assert trainings.count() == (8, 0)
    assert "Final evaluation" not in said()
    assert exit_code([*SMOKE, "--finalists", "1", "--finalist-seeds", "2"]) == 0
    assert trainings.count() == (0, 4 * 2)


def test_a_stopped_command_goes_on_where_it_was(trainings: Trainings, said: Read) -> None:
    trainings.stop_after = 6
    assert exit_code(FINALISTS) == 130
    output = said()
    assert "9 trainings are still to do" in output
    assert "paused; what was finished is stored" in output
    assert output.rstrip().endswith("the same command again goes on from here")
    trainings.count()
    trainings.stop_after = float("inf")
    assert exit_code(FINALISTS) == 0
    assert trainings.count() == (0, 9)
    assert "differences are larger than the noise" in said()


def test_time_that_is_up_in_the_search_leaves_the_finalists_for_later(
    trainings: Trainings, said: Read
) -> None:
    assert exit_code([*FINALISTS, "--max-minutes", "0.000001"]) == 0
    assert trainings.count() == (0, 0)
    output = said()
    assert "the finalists come once the search has ended" in output
    assert "the same command again goes on from here" in output


def copied_test_image(folder: Path) -> None:
    for place in ("test", "val"):
        copy = folder / "photos" / place / "class0/copy.png"
        copy.write_bytes((folder / "photos/train/class0/0.png").read_bytes())


OWN = both(
    study_file(
        trials=2,
        proxy={"input_size": 64, "steps": 8, "batch_size": 2, "interim_images": 4},
    ),
    images(10, 10, root="photos/train"),
    images(4, 4, root="photos/val"),
    images(7, 6, root="photos/test"),
)


@pytest.mark.usefixtures("trainings")
def test_copies_among_the_test_images_are_told(tmp_path: Path, said: Read) -> None:
    both(OWN, copied_test_image)(tmp_path)
    args = ["--study", "./own.yaml", "--data", "imagefolder:photos", "--max-minutes", "0.000001"]
    assert exit_code([*args, "--finalists", "1"]) == 0
    told = re.search(r"(\d+) of the test images are also among the training images", said())
    assert told is not None
    assert int(told[1]) >= 1


@pytest.mark.slow
def test_real_networks_are_scored_on_the_test_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Read
) -> None:
    monkeypatch.chdir(tmp_path)
    OWN(tmp_path)
    args = ["--study", "./own.yaml", "--data", "imagefolder:photos", "--run-dir", "run"]
    assert exit_code([*args, "--finalists", "1", "--finalist-seeds", "2"]) == 0
    assert "test images: 13, for the finalists alone" in said()
    table = pd.read_csv(tmp_path / "run/finalists.csv")
    assert len(table) == 4 * 2
    assert set(table.num_test_images) == {13}
    hits = table.test_top1 * 13
    np.testing.assert_allclose(hits, hits.round())
    assert not list((tmp_path / "run/checkpoints").iterdir())
