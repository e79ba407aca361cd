"""Studies, ablations and trainings in trackers, read back by the trackers' own readers."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from ablating import arm_engine, write_ablation
from fakes import arithmetic_engine
from full_training import RECIPE, noise_photos
from tiny_training import tiny_spec
from tracker_readers import Kept, mlflow_runs, tensorboard_runs, trackio_runs, wandb_runs

from nasbench_mvit.errors import TrackerError
from nasbench_mvit.search.study.config import load_study
from nasbench_mvit.workbench.ablations.run import run_ablation
from nasbench_mvit.workbench.ablations.studies import load_ablations
from nasbench_mvit.workbench.full_training.train import train_network
from nasbench_mvit.workbench.shared import engines
from nasbench_mvit.workbench.shared.completion import Completion
from nasbench_mvit.workbench.studies.observer import StoredTrial, StudyObserver
from nasbench_mvit.workbench.studies.run import StudyResult, run_study
from nasbench_mvit.workbench.trackers.by_name import HOMES
from nasbench_mvit.workbench.trackers.links import read_links
from nasbench_mvit.workbench.trackers.tensorboard import TensorBoardRun

pytestmark = pytest.mark.filterwarnings(
    "ignore::sqlalchemy.exc.SADeprecationWarning",  # of MLflow, with SQLAlchemy 2.1
)


@dataclass(frozen=True)
class Library:
    """A tracker in the working directory, and what it has kept.

    Attributes:
        track: its name.
        runs: returns its runs.
        part: name of the run of a part, from whole and part.
        repeats: whether points that an interrupted run has written may be there twice.
    """

    track: str
    runs: Callable[[], dict[str, Kept]]
    part: str = "{} {}"
    repeats: bool = False


def library_of(kind: str, project: str) -> Library:
    match kind:
        case "tensorboard":
            return Library("tensorboard:tb", lambda: tensorboard_runs(Path("tb")), "{}/{}")
        case "mlflow":
            uri = f"sqlite:///{Path.cwd()}/m.db"  # MLflow keeps a relative one open across tests
            return Library(f"mlflow:{uri}", lambda: mlflow_runs(uri))
        case "wandb":
            return Library(f"wandb:{project}", wandb_runs_so_far, repeats=True)
    return Library(f"trackio:{project}", lambda: trackio_runs(project), repeats=True)


@pytest.fixture(scope="module", autouse=True)
def _home_of_trackio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:  # before it is imported
        patch.setenv("TRACKIO_DIR", str(tmp_path_factory.mktemp("trackio")))
        yield


@pytest.fixture(params=sorted(HOMES))
def library(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Library]:
    pytest.importorskip(request.param, reason=f"{request.param} is not installed")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setattr(engines, "LocalEngine", arithmetic_engine)
    yield library_of(request.param, tmp_path.name.replace("_", "-"))
    end_process()


def end_process() -> None:
    """End what W&B keeps for the life of a process, the ids of its runs."""
    if "wandb" in sys.modules:
        sys.modules["wandb"].teardown()


def wandb_runs_so_far() -> dict[str, Kept]:
    end_process()  # it writes behind what it is told
    return wandb_runs(Path("wandb"))


def once(curve: list[tuple[int, float]]) -> list[tuple[int, float]]:
    return list(dict.fromkeys(curve))


class Interrupting(StudyObserver):
    def __init__(self, after: int) -> None:
        self._left = after

    def trial(self, trial: StoredTrial) -> None:
        del trial
        self._left -= 1
        if self._left < 0:
            raise KeyboardInterrupt


def smoke(*track: str, observer: StudyObserver | None = None) -> StudyResult:
    config = load_study("smoke")[1].model_copy(update={"trials": 3})
    return run_study(config, run_dir="out", workers=1, track=track, observer=observer)


def test_a_study_is_there_with_curves_parameters_and_front(library: Library) -> None:
    smoke(library.track, observer=Interrupting(5))
    end_process()
    result = smoke(library.track)
    assert result.completion is Completion.DONE
    runs, whole = library.runs(), library.runs()["out"]
    assert whole.params["space"] == "mobilevit_debug"
    assert whole.files >= {"front.json", "trials.csv"}
    assert whole.curves["front/hypervolume"][-1][1] == pytest.approx(result.summary.hypervolume)
    trials = [t for t in result.study.reading.trials if t.record.duplicate_of is None]
    assert {step for step, _ in whole.curves["trial/top1"]} == {t.number for t in trials}
    (links,) = read_links(Path("out")).values()
    for trial in trials:
        part = f"trial {trial.number}"
        kept = runs.get(library.part.format("out", part)) or runs[f"out/trial_{trial.number}"]
        assert kept.parent == "out"
        assert kept.params["spec_id"] == trial.record.spec_id
        for evaluation in trial.record.evaluations:
            curve: list[object] = [(p.step, pytest.approx(p.top1)) for p in evaluation.result.curve]
            points = kept.curves[f"seed_{evaluation.seed}/top1"]
            assert (once(points) if library.repeats else points) == curve, "each point once"
        assert links[f"out trial {trial.number}"].id


def test_an_ablation_has_a_run_for_each_training(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "LocalEngine", arm_engine)
    write_ablation(Path("own.yaml"))
    (ablation,) = run_ablation(
        load_ablations(["./own.yaml"], seeds=2), run_dir="out", workers=1, track=[library.track]
    ).studies
    runs = library.runs()
    whole = runs[ablation.summary.ablation.name]
    assert whole.files >= {"report.md"}
    parts = [kept for kept in runs.values() if kept.parent == ablation.summary.ablation.name]
    assert len(parts) == 2 * len(ablation.summary.rows)
    assert all(len(kept.curves["top1"]) > 1 for kept in parts)
    known = [points[0][1] for name, points in whole.curves.items() if name.endswith("/top1")]
    assert sorted(known) == pytest.approx(sorted(row.top1 for row in ablation.summary.rows))


def test_a_training_called_twice_has_its_curves_once(library: Library) -> None:
    data = noise_photos(Path.cwd())
    for _ in range(2):
        trained = train_network(
            tiny_spec(), data, recipe=RECIPE, out="out", device="cpu", workers=0,
            track=[library.track],
        )  # fmt: skip
        end_process()
    kept = library.runs()["out"]
    assert kept.params["recipe.epochs"] == str(RECIPE.epochs)
    curve: list[object] = [
        (e["update"], pytest.approx(e["top1"]))
        for e in json.loads(Path("out/history.json").read_text())
    ]
    assert once(kept.curves["val/top1"]) == curve
    assert {"train/loss", "train/learning_rate", "val/top5"} <= set(kept.curves)
    assert "recipe.json" in kept.files
    assert trained.weights.exists()


def test_training_has_tensorboard_without_asking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = noise_photos(tmp_path)
    train_network(tiny_spec(), data, recipe=RECIPE, out="out", device="cpu", workers=0)
    assert "val/top1" in tensorboard_runs(Path("out/tensorboard"))["out"].curves


def test_a_tracker_that_breaks_costs_no_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(engines, "LocalEngine", arithmetic_engine)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(TensorBoardRun, "metrics", full)
    result = smoke("tensorboard:tb")
    assert result.completion is Completion.DONE
    assert result.summary.front
    assert caplog.text.count("tracking to tensorboard:tb failed") == 1


@pytest.mark.parametrize(
    ("track", "needle"),
    [
        ("mlflow:http://127.0.0.1:9", "Connection refused"),
        ("mlflow:sqlite:////proc/none/m.db", "cannot be used"),
        ("mlflow:nosuchscheme://x", "cannot be used"),
        ("tensorboard:/proc/none", "cannot be used"),
    ],
)
def test_a_place_that_cannot_be_used_is_said_before_the_study(
    track: str, needle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if track.startswith("mlflow"):
        pytest.importorskip("mlflow", reason="mlflow-skinny is not installed")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TrackerError, match=needle):
        smoke(track)
