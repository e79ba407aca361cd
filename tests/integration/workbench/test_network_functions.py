"""Training, evaluation and export as functions: what they return and what they tell."""

from pathlib import Path

import pytest
from bad_input import images
from exporting import small_spec, stored_smoke
from full_training import RECIPE
from tiny_training import tiny_spec

from nasbench_mvit.errors import ExportError, WeightsError
from nasbench_mvit.training.full.watcher import EpochReport
from nasbench_mvit.workbench.evaluations.evaluate import evaluate_weights
from nasbench_mvit.workbench.evaluations.result import (
    EvaluationObserver,
    EvaluationStart,
    ScoredSplit,
)
from nasbench_mvit.workbench.exports.export import export_network
from nasbench_mvit.workbench.full_training.result import FullTrainingObserver, TrainingStart
from nasbench_mvit.workbench.full_training.train import train_network
from nasbench_mvit.workbench.shared.described_network import StudyTrial
from nasbench_mvit.workbench.studies.open import open_study

PER_CLASS, HELD_OUT = 15, 3
PHOTOS = "imagefolder:photos"


class Recording(FullTrainingObserver, EvaluationObserver):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.epochs: list[EpochReport] = []
        self.starts: list[object] = []

    def started(self, start: TrainingStart | EvaluationStart) -> None:
        self.starts.append(start)

    def epoch(self, report: EpochReport) -> None:
        self.epochs.append(report)


@pytest.fixture(autouse=True)
def _in_a_directory_with_photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    images(PER_CLASS, PER_CLASS)(tmp_path)


def test_what_is_trained_is_evaluated_on_the_images_held_out() -> None:
    seen = Recording()
    trained = train_network(
        tiny_spec(),
        PHOTOS,
        recipe=RECIPE,
        out=Path("out"),
        device="cpu",
        workers=0,
        observer=seen,
    )
    (start,) = seen.starts
    assert isinstance(start, TrainingStart)
    assert start.folder == trained.weights.parent
    assert start.images_per_update == {32: 8, 40: 4}
    assert seen.epochs[-1] == trained.scores
    found = evaluate_weights(trained.weights, PHOTOS, device="cpu", workers=0, observer=seen)
    assert seen.starts[-1] is found.scored
    assert found.scored.split == ScoredSplit(
        num_held_out=2 * HELD_OUT,
        num_new=0,
        num_trained=0,
        num_left_out=2 * (PER_CLASS - HELD_OUT),
        num_missing=0,
    )
    assert found.top1.value == pytest.approx(trained.scores.top1)
    low, high = found.top1.interval
    assert low <= found.top1.value <= high
    with pytest.raises(WeightsError, match="'gbr'"):
        evaluate_weights(trained.weights, PHOTOS, channels="gbr")  # type: ignore[arg-type]


def test_the_best_network_of_an_open_study_is_exported(tmp_path: Path) -> None:
    stored_smoke(tmp_path / "search")
    study = open_study("search/runs/smoke")
    best = study.best_under(1000)
    trial = StudyTrial(study=study, number=best.trial, run_dir=Path("search/runs/smoke"))
    result = export_network(trial, formats=["torch"], weights="random", resolution=64)
    assert result.failures == {}
    assert result.folder == Path(f"exports/smoke-trial{best.trial}-64px-random-fp32")
    assert list(result.manifest.formats) == ["torch"]
    assert result.manifest.command == "nasbench_mvit.export_network"
    with pytest.raises(ExportError, match="`data=`"):
        export_network(trial, formats=["torch"], weights="proxy", data=PHOTOS)


def test_weights_by_the_proxy_need_a_study() -> None:
    with pytest.raises(ExportError, match="`weights=` proxy"):
        export_network(small_spec(), formats=["torch"], weights="proxy")
    with pytest.raises(ExportError, match="names no network"):
        export_network(None, formats=["torch"], weights="random")
