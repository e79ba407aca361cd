"""Studies run, planned and opened from Python: the examples of the docstrings, and the results."""

import doctest
import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from fakes import ArithmeticEvaluator, InlineExecutor, arithmetic_engine
from synthetic import synthetic_run

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.engines.contract import Event
from nasbench_mvit.search.results.cautions import Kind
from nasbench_mvit.search.study.config import StudyConfig, load_study
from nasbench_mvit.search.trials.record import StoredTrial
from nasbench_mvit.workbench.shared import engines
from nasbench_mvit.workbench.shared.completion import Completion
from nasbench_mvit.workbench.studies.observer import StudyObserver
from nasbench_mvit.workbench.studies.open import open_study
from nasbench_mvit.workbench.studies.plan import plan_study
from nasbench_mvit.workbench.studies.progress.bar import ProgressBar
from nasbench_mvit.workbench.studies.refit import refit_study
from nasbench_mvit.workbench.studies.run import run_study
from nasbench_mvit.workbench.studies.text import findings_text


@pytest.fixture(autouse=True)
def _in_an_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "documented", [run_study, plan_study, open_study, refit_study, ProgressBar]
)
def test_the_example_of_the_docstring_does_what_it_says(documented: Callable[..., object]) -> None:
    if documented is open_study:
        synthetic_run(Path("runs/smoke"), 20)
    module = vars(__import__(documented.__module__, fromlist=["x"]))
    examples = doctest.DocTestFinder(recurse=False).find(documented, globs=dict(module))
    failed, tried = doctest.DocTestRunner().run(examples[0])
    assert tried
    assert not failed


class Recording(StudyObserver):
    """Keeps what it is told; interrupts after some ended trials."""

    def __init__(self, stop_after: float = float("inf")) -> None:
        self.told: list[str] = []
        self.notes: list[str] = []
        self._stop_after = stop_after

    def note(self, text: str) -> None:
        self.notes.append(text)

    def search_began(self, *_: object) -> None:
        self.told.append("search began")

    def trial(self, trial: StoredTrial) -> None:
        del trial
        self._stop_after -= 1
        if self._stop_after < 0:
            raise KeyboardInterrupt

    def event(self, event: Event) -> None:
        assert event.job.trial >= 0

    def search_ended(self) -> None:
        self.told.append("search ended")

    def reported(self, *_: object) -> None:
        self.told.append("reported")


def smoke(**options: object) -> StudyConfig:
    return load_study("smoke")[1].model_copy(update={"trials": 3, **options})


def test_a_run_returns_what_its_files_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "LocalEngine", arithmetic_engine)
    observer = Recording()
    result = run_study(smoke(), run_dir="out", workers=1, observer=observer)
    assert result.completion is Completion.DONE
    assert observer.told == ["search began", "search ended", "reported"]
    assert result.name == "out"
    assert {path.name for path in result.files} == {"front.json", "trials.csv", "report.html"}
    assert all(path.is_file() for path in result.files)
    front = json.loads(Path("out/front.json").read_text())["front"]
    assert [row["trial"] for row in front] == [row.trial for row in result.summary.front]
    assert result.final is None
    assert result.exact is None
    assert Kind.FEW_IMAGES in {caution.kind for caution in result.cautions}
    text = "\n".join(part for part in findings_text(result) if isinstance(part, str))
    assert all(f"caution: {caution}." in text for caution in result.cautions)
    kept = pd.read_csv("out/trials.csv")
    assert list(kept) == list(result.study.trials)
    assert kept.trial.tolist() == result.study.trials.trial.tolist()


def test_an_interrupted_run_is_reported_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "LocalEngine", arithmetic_engine)
    observer = Recording(stop_after=6)
    result = run_study(smoke(), run_dir="out", workers=1, observer=observer)
    assert result.completion is Completion.INTERRUPTED
    assert observer.told == ["search began", "search ended", "reported"]
    assert "paused; what was finished is stored" in observer.notes
    again = run_study(smoke(), run_dir="out", workers=1)
    assert again.completion is Completion.DONE
    assert len(again.study.trials) > len(result.summary.rows)


def test_time_that_is_up_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "LocalEngine", arithmetic_engine)
    result = run_study(smoke(), run_dir="out", workers=1, max_minutes=1e-9)
    assert result.completion is Completion.TIME_IS_UP


def test_a_run_whose_networks_all_fail_is_incomplete(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluator = ArithmeticEvaluator(
        diverging=frozenset(spec.id for spec in SearchSpace.load("mobilevit_debug").enumerate())
    )
    monkeypatch.setattr(
        engines, "LocalEngine", lambda _, workers: InlineExecutor(evaluator, slots=workers)
    )
    result = run_study(smoke(), run_dir="out", workers=1)
    assert result.completion is Completion.INCOMPLETE
    assert "not finite" in result.study.failures.reason[0]


def test_a_fresh_start_is_no_option_of_a_storage_elsewhere() -> None:
    with pytest.raises(StudyError, match="Name a new storage instead"):
        run_study(smoke(), run_dir="out", storage="sqlite:///a.db", fresh=True)
    assert not Path("out").exists()
