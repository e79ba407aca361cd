"""Weights that the proxy trains once more."""

import dataclasses
from pathlib import Path

import pytest
import torch
from tiny_training import PROXY, tiny_data, tiny_spec

from nasbench_mvit.search.engines.worker_threads import THREADS
from nasbench_mvit.search.readers.read_only import FileState
from nasbench_mvit.search.readers.sqlite import Reading
from nasbench_mvit.search.study.config import load_study
from nasbench_mvit.search.trials.record import (
    Evaluation,
    Role,
    State,
    StoredTrial,
    TrialLatency,
    TrialRecord,
)
from nasbench_mvit.search.trials.snapshot import IMAGES_KEY
from nasbench_mvit.training.common.device import threads_set
from nasbench_mvit.training.proxy.loop import train_proxy_network
from nasbench_mvit.training.proxy.result import EstimatedResult, TrainingResult
from nasbench_mvit.workbench.exports import images as export_images
from nasbench_mvit.workbench.exports.images import NUM_CALIBRATION
from nasbench_mvit.workbench.exports.proxy_weights import proxy_weights
from nasbench_mvit.workbench.shared.described_network import StudySource

SEED = 3


@pytest.fixture(scope="module")
def trained() -> tuple[TrainingResult, torch.nn.Module]:
    with threads_set(THREADS):
        return train_proxy_network(tiny_spec(), PROXY, tiny_data(), SEED, report=lambda _: None)


@pytest.fixture(autouse=True)
def tiny_images(monkeypatch: pytest.MonkeyPatch) -> None:
    def tiny(_source: str, *, cell_size: int, **_: object) -> object:
        return tiny_data(cell_size)

    monkeypatch.setattr(export_images, "open_images", tiny)


def study_of(result: TrainingResult, images: str = tiny_data().fingerprint) -> StudySource:
    spec = tiny_spec()
    latency = TrialLatency(
        ms=1.0,
        low=1.0,
        high=1.0,
        kind="estimated",
        calibrated_on="published",
        extrapolating=False,
        predictor="p",
    )
    record = TrialRecord(
        role=Role.SEARCH,
        spec=spec.to_dict(),
        spec_id=spec.id,
        params=1,
        macs=1,
        latency=latency,
        seeds=(SEED,),
        evaluations=(Evaluation(seed=SEED, result=result),),
        versions={},
    )
    trial = StoredTrial(number=0, state=State.COMPLETE, record=record)
    _, config = load_study("smoke")
    stored = Reading(
        study="own",
        config=config.model_copy(update={"proxy": PROXY}),
        snapshot={"identity": {IMAGES_KEY: images}},
        trials=(trial,),
        times={},
        final=None,
        state=FileState(0, 0, 0, 0, (0, 0), may_be_at_work=False),
    )
    return StudySource(name="tiny", stored=stored, trial=trial, run_dir=Path())


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_same_seed_gives_the_weights_that_the_search_scored(
    trained: tuple[TrainingResult, torch.nn.Module], tmp_path: Path, threads: int
) -> None:
    result, expected = trained
    weights = proxy_weights(tiny_spec(), study_of(result))
    said: list[str] = []
    with threads_set(threads):
        model, accuracy = weights.get(tmp_path / "training.pt", said.append)
        assert torch.get_num_threads() == threads
    assert "this training repeats it exactly" in accuracy
    assert "the noise between seeds is not known" in accuracy
    state = expected.state_dict()
    assert all(torch.equal(value, state[key]) for key, value in model.state_dict().items())
    assert not any(module.training for module in model.modules())
    assert len(said) == PROXY.fractions
    assert not list(tmp_path.iterdir())
    assert weights.classes.num_logits == PROXY.outputs_per_canvas * len(weights.classes.names)


def test_where_the_search_estimated_this_is_the_first_training(
    trained: tuple[TrainingResult, torch.nn.Module], tmp_path: Path
) -> None:
    result, _ = trained
    estimate = EstimatedResult(
        curve=(),
        device="cpu",
        precision="float32",
        expected_top1=0.5,
        low=0.4,
        high=0.6,
        error=0.05,
        extrapolating=False,
        expected_seconds=1.0,
    )
    weights = proxy_weights(tiny_spec(), study_of(estimate))
    assert "a surrogate stood for it" in weights.description
    _, accuracy = weights.get(tmp_path / "training.pt", lambda _: None)
    assert "50.0% [40.0%, 60.0%]" in accuracy
    assert f"the first of the network, scores {result.top1:.1%}" in accuracy


def test_another_score_is_told(
    trained: tuple[TrainingResult, torch.nn.Module], tmp_path: Path
) -> None:
    result, _ = trained
    last = dataclasses.replace(result.curve[-1], top1=result.top1 / 2)
    other = dataclasses.replace(result, curve=(last,))
    for images, reason in (
        (tiny_data().fingerprint, "with another machine, device, version or number of threads"),
        ("other images", "on images that have changed since"),
    ):
        weights = proxy_weights(tiny_spec(), study_of(other, images))
        _, accuracy = weights.get(tmp_path / "training.pt", lambda _: None)
        assert f"this training scores {result.top1:.1%}, {reason}" in accuracy


def test_calibration_and_check_share_no_image(
    trained: tuple[TrainingResult, torch.nn.Module],
) -> None:
    canvases = proxy_weights(tiny_spec(), study_of(trained[0])).images
    calibration, check = canvases.to_calibrate(), canvases.to_check("int8")
    assert len(calibration) == NUM_CALIBRATION
    assert check.labels is not None
    assert len(check) == len(check.labels) == len(tiny_data().val) // PROXY.images_per_canvas
    seen = {canvas.tobytes() for canvas in calibration.canvases}
    assert not any(canvas.tobytes() in seen for canvas in check.canvases)
