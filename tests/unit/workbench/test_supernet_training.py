"""What the training of a supernet is limited to, what it tells, and what a search says of it."""

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from few_images import use_few_images

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.search.study.config import load_study
from nasbench_mvit.search.study.sections import Limits
from nasbench_mvit.supernet import training
from nasbench_mvit.training.proxy.result import FractionReport
from nasbench_mvit.workbench.shared.completion import Completion
from nasbench_mvit.workbench.shared.trainings.observer import (
    TrainingsObserver,
    TrainingsProgress,
)
from nasbench_mvit.workbench.studies.accuracies.shared import untrained_notes
from nasbench_mvit.workbench.supernets.train import train_supernet


class Told(TrainingsObserver):
    """Keeps the progress and the notes."""

    def __init__(self) -> None:
        self.seconds_left: list[float] = []
        self.notes: list[str] = []

    def progress(self, progress: TrainingsProgress) -> None:
        self.seconds_left.append(progress.seconds_left)

    def note(self, text: str) -> None:
        self.notes.append(text)


def told_by(
    monkeypatch: pytest.MonkeyPatch, folder: Path, **changes: object
) -> tuple[Told, dict[str, Any]]:
    """Return what is told by a training that is stopped after two reports, and its arguments."""
    given: dict[str, Any] = {}

    def reports(*_: object, **options: Any) -> None:
        given.update(options)
        for fraction, seconds in ((0.25, 100.0), (0.5, 180.0)):
            point = FractionReport(
                fraction=fraction, step=1, top1=0.1, num_images=9, train_loss=1.0,
                seconds=seconds, cpu_seconds=1.0,
            )  # fmt: skip
            options["report"](point)
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "train_supernet", reports)
    _, study = load_study("smoke")
    use_few_images(monkeypatch, cell_size=study.proxy.cell_size)
    told = Told()
    result = train_supernet(
        study.model_copy(update=changes), updates=8, run_dir=folder, out=folder / "f", observer=told
    )
    assert result.completion is Completion.INTERRUPTED
    return told, given


def test_the_time_left_is_that_of_all_parts_those_before_a_restart_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told, _ = told_by(monkeypatch, tmp_path)
    assert told.seconds_left == [300.0, 180.0]


def test_a_study_without_limits_trains_all_sizes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told, given = told_by(monkeypatch, tmp_path, limits=Limits())
    assert given["max_macs"] == math.inf
    assert not any("GMACs" in note for note in told.notes)


def test_the_limit_is_the_same_for_all_seeds_of_a_study(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    limits = Limits(latency_ms=6.0)
    found = [
        told_by(monkeypatch, tmp_path, limits=limits, seed=seed)[1]["max_macs"] for seed in (0, 1)
    ]
    assert found[0] == found[1] < math.inf


@pytest.mark.parametrize(
    ("max_macs", "digest", "baselines", "words"),
    [
        (None, "own", ["mobilevit_xxs"], []),
        (2.07e9, "own", ["mobilevit_xxs"], ["networks of up to 2.07 GMACs"]),
        (None, "own", ["mobilevit_s", "mobilevit_xxs"], ["not in mobilevit_debug: MobileViT-S;"]),
        (None, "other", ["mobilevit_s"], ["this study's space, mobilevit_debug, is another"]),
    ],
)
def test_a_search_says_what_was_not_trained(
    max_macs: float | None, digest: str, baselines: list[str], words: list[str]
) -> None:
    space = SearchSpace.load("mobilevit_debug")
    about: Any = SimpleNamespace(
        max_macs=max_macs, space="theirs", space_digest=space.digest if digest == "own" else digest
    )
    notes = list(untrained_notes(about, space, baselines))
    assert len(notes) == len(words)
    assert all(word in note for word, note in zip(words, notes, strict=True))
