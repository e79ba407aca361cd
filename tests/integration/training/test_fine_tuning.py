"""Fine-tuning: weights of any source and by name, new heads, frozen parts, exact resuming."""

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from bad_input import exit_code, images
from foreign_weights import XXS, named_by, xxs
from full_training import OPTIONS, RECIPE, tiny_full_training
from tiny_training import tiny_spec

from nasbench_mvit.cli.train import command as train
from nasbench_mvit.errors import TrainingError, WeightsError
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.weights.checkpoint import load_model, save_model
from nasbench_mvit.models.weights.foreign_names import LAYOUTS
from nasbench_mvit.models.weights.preprocessing import PREPROCESSING
from nasbench_mvit.training.full.initial import InitialWeights, open_initial
from nasbench_mvit.training.full.loop import FullTraining
from nasbench_mvit.training.full.recipe import FullRecipe
from nasbench_mvit.training.full.watcher import EpochReport
from nasbench_mvit.training.full.watchers.chance import ChanceWarning
from nasbench_mvit.workbench.evaluations.evaluate import evaluate_weights
from nasbench_mvit.workbench.full_training.train import train_network

MODEL = xxs()
SMALL = {"sizes": (32,), "base_size": 32, "eval_size": 32, "eval_resize": 36}


def initial(num_classes: int = 5) -> InitialWeights:
    """Return weights of the tiny network for other classes than those of the pictures."""
    torch.manual_seed(7)
    state = build_model(tiny_spec(), num_classes).state_dict()
    return InitialWeights(name="tiny.pt", title="tiny", spec=tiny_spec(), state=state)


def tuned(weights: InitialWeights | None = None, **values: Any) -> FullTraining:
    recipe = FullRecipe.model_validate(RECIPE.model_dump() | values)
    return tiny_full_training(recipe, initial=weights or initial())


def state_of(training: FullTraining) -> dict[str, torch.Tensor]:
    return {key: value.clone() for key, value in training._model.state_dict().items()}


@pytest.mark.parametrize("source", LAYOUTS)
def test_weights_of_every_source_take_rgb_images(source: str, tmp_path: Path) -> None:
    path = tmp_path / "theirs.safetensors"
    safetensors.torch.save_file(named_by(source, MODEL), path)
    loaded = open_initial(path)
    model = build_model(XXS, loaded.num_classes).eval()
    loaded.load_into(model, loaded.num_classes)
    rgb = torch.rand(1, 3, 32, 32)
    theirs = rgb.flip(1) if PREPROCESSING[source].channels == "bgr" else rgb
    with torch.no_grad():
        torch.testing.assert_close(model(rgb), MODEL(theirs))
    assert source in loaded.title


def test_own_weights_keep_their_network_and_what_is_not_theirs_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    save_model(path, build_model(tiny_spec(), 4), tiny_spec())
    loaded = open_initial(path)
    assert (loaded.spec, loaded.num_classes) == (tiny_spec(), 4)
    loaded.check(tiny_spec())
    with pytest.raises(
        WeightsError,
        match=r"mine\.safetensors holds the weights of another network, not of MobileViT-XXS: ",
    ):
        loaded.check(XXS)


@pytest.mark.parametrize(("num_classes", "is_kept"), [(2, True), (3, False), (1000, False)])
def test_the_classifier_is_new_where_the_classes_are_others(
    num_classes: int, *, is_kept: bool
) -> None:
    weights = initial(num_classes)
    own = state_of(tuned(weights))
    for key, value in weights.state.items():
        expected = is_kept or not key.startswith("classifier.")
        assert (value.shape == own[key].shape and torch.equal(value, own[key])) is expected, key
    assert ("new classifier of 2 classes" in weights.describe(2)) is not is_kept


@pytest.mark.parametrize(
    ("freeze", "prefixes"),
    [
        ("1", ("stem.", "stages.0.")),
        ("3", ("stem.", "stages.0.", "stages.1.", "stages.2.")),
        ("backbone", ("stem.", "stages.", "head.")),
    ],
)
def test_frozen_parts_keep_weights_and_statistics_to_the_bit(
    freeze: str, prefixes: tuple[str, ...]
) -> None:
    training = tuned(freeze=freeze)
    before = state_of(training)
    training.run(checkpoint=None)
    for states in (training._model.state_dict(), training.average.state_dict()):
        for key, value in states.items():
            assert torch.equal(value, before[key]) is key.startswith(prefixes), key


def test_the_backbone_learns_at_its_share_of_the_rate() -> None:
    training = tuned(backbone_rate=0.1)
    training.step(training.batches())
    backbone, head = training._optimizer.param_groups
    assert backbone["lr"] == pytest.approx(0.1 * head["lr"])
    names = [name for name, _ in training._model.named_parameters()]
    assert len(backbone["params"]) == sum(not name.startswith("classifier.") for name in names)
    assert len(head["params"]) == 2


@pytest.mark.parametrize("values", [{}, {"freeze": 2}, {"backbone_rate": 0.1}])
def test_fine_tuning_goes_on_with_the_same_bits(values: dict[str, Any], tmp_path: Path) -> None:
    whole = tuned(**values)
    whole.run(checkpoint=None, every=2)
    first = tuned(**values)
    batches = first.batches()
    for _ in range(3):
        first.step(batches)
    batches.close()
    first._meter.report(3)
    first.save(tmp_path / "half.pt")
    second = tuned(**values)
    assert second.resume(tmp_path / "half.pt")
    second.run(checkpoint=None, every=2)
    for key, value in whole._model.state_dict().items():
        assert torch.equal(value, second._model.state_dict()[key]), key


@pytest.mark.parametrize("others", [None, initial(6)])
def test_other_weights_do_not_go_on_from_its_checkpoint(
    others: InitialWeights | None, tmp_path: Path
) -> None:
    tuned().save(tmp_path / "tuned.pt")
    with pytest.raises(
        TrainingError, match=r"differs: initial weights( \(tiny, now none\))?\. Give"
    ):
        tiny_full_training(initial=others).resume(tmp_path / "tuned.pt")


def test_what_was_learned_is_there_from_the_start() -> None:
    recipe = RECIPE.model_copy(update={"epochs": 24, "initial_rate": 5e-3, "peak_rate": 1e-2})
    trained = tiny_full_training(recipe)
    trained.run(checkpoint=None)
    state = {key: value.clone() for key, value in trained.average.state_dict().items()}
    weights = InitialWeights(name="trained.pt", title="trained", spec=tiny_spec(), state=state)
    assert tuned(weights).evaluate().metrics["top1"] == trained.curve[-1].top1


def test_a_fine_tuned_network_is_evaluated_as_it_was_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its weights expected BGR; the file it leaves does not."""
    monkeypatch.chdir(tmp_path)
    images(9, 9)(tmp_path)
    torch.save(named_by("transformers", MODEL), "theirs.bin")
    trained = train_network(
        None,
        "imagefolder:photos",
        init="theirs.bin",
        recipe=FullRecipe.model_validate({"epochs": 1, "freeze": "backbone"} | SMALL),
        device="cpu",
        workers=0,
    )
    assert trained.weights.parent == tmp_path / "runs/fine-tune-mobilevit_xxs"
    found = evaluate_weights(trained.weights, "imagefolder:photos", device="cpu", workers=0)
    assert found.top1.value == pytest.approx(trained.scores.top1)
    stem = load_model(trained.weights)[0].state_dict()["stem.conv.weight"]
    assert torch.equal(stem, MODEL.state_dict()["stem.conv.weight"].flip(1))
    record = json.loads((trained.weights.parent / "recipe.json").read_text())
    assert record["recipe"]["freeze"] == "backbone"
    assert "MobileViT-XXS of transformers, theirs.bin" in record["starts_from"]
    adapted = {entry["field"] for entry in record["not_the_papers_by_default"]}
    assert {"batch_size", "peak_rate", "warmup_updates", "ema_decay"} <= adapted
    assert not {"epochs", "freeze", "sizes"} & adapted


def test_the_command_says_what_is_adapted_and_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    images(40, 40)(tmp_path)
    save_model("mine.safetensors", build_model(tiny_spec(), 5), tiny_spec())
    line = "--data imagefolder:photos --device cpu --workers 0 --epochs 2 --sizes 32 "
    line += "--base-size 32 --eval-size 32 --eval-resize 36"
    assert exit_code(f"--init mine.safetensors {line} --peak-rate 1e-3".split(), train.main) == 0
    output = capsys.readouterr().out
    assert "a new classifier of 2 classes replaces that of 5" in output
    params = sum(value.numel() for value in build_model(tiny_spec(), 2).parameters())
    assert f"{params:,} parameters with 2 classes; in " in output
    (adapted,) = (text for text in output.splitlines() if text.startswith("recipe adapted to"))
    assert "64 images and trained weights: --batch-size 16 (paper: 1024), " in adapted
    assert "--min-crop 0.25 (paper: 0.08)" in adapted
    assert "--peak-rate" not in adapted
    assert (tmp_path / "runs").glob("fine-tune-network-*/model.safetensors")


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        ("--freeze backbone", ["frozen: the backbone, which is all but the head"]),
        ("--freeze 2", ["frozen: the stem and 2 of the 5 stages"]),
        ("--freeze 0", []),
        (
            "--freeze 1 --backbone-rate 0.1",
            [
                "frozen: the stem and 1 of the 5 stages",
                "learning rate of the backbone: 0.1 times the head's",
            ],
        ),
    ],
)
def test_the_plan_says_which_parts_learn(
    options: str,
    lines: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    images(6, 6)(tmp_path)
    save_model("mine.safetensors", build_model(tiny_spec(), 5), tiny_spec())
    line = f"--init mine.safetensors --data imagefolder:photos --dry-run {OPTIONS} {options}"
    assert exit_code(line.split(), train.main) == 0
    output = capsys.readouterr().out.splitlines()
    assert [text for text in output if text.startswith(("frozen", "learning rate of"))] == lines


def report(epoch: int, top1: float) -> EpochReport:
    return EpochReport(
        epoch=epoch, update=epoch, train_loss=1.0, metrics={"top1": top1, "top5": 1.0},
        val_loss=1.0, num_images=100, seconds=1.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("epochs", "scores", "warned_after"),
    [
        (50, [0.5] * 12, [5]),  # a tenth of the epochs
        (6, [0.5, 0.58, 0.51, 0.5], [3]),
        (6, [0.5] * 6, [3, 6]),
        (5, [0.5] * 5, [2, 5]),
        (3, [0.5] * 3, [1, 3]),
        (2, [0.5, 0.5], [1, 2]),
        (1, [0.5], [1]),
        (50, [0.5, 0.5, 0.7, 0.5, 0.5, 0.5], []),
        (6, [0.5, 0.5, 0.75, 0.5, 0.5, 0.5], []),
        (2, [0.5, 0.9], [1]),
    ],
)
def test_a_training_at_chance_is_said_early_and_at_its_end(
    epochs: int, scores: list[float], warned_after: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    curve: list[EpochReport] = []
    labels = np.array([0] * 50 + [1] * 50)
    watcher = ChanceWarning(labels, epochs, curve, fine_tunes=False)
    warned = []
    for epoch, top1 in enumerate(scores, start=1):
        curve.append(report(epoch, top1))
        with caplog.at_level(logging.WARNING):
            watcher.epoch(curve[-1])
        warned += [epoch] * len(caplog.records)
        assert ("The training goes on" in caplog.text) == (epoch in warned and epoch < epochs)
        caplog.clear()
    assert warned == warned_after


def test_chance_is_the_share_of_the_largest_class(caplog: pytest.LogCaptureFixture) -> None:
    curve = [report(1, 0.9)]
    ChanceWarning(np.array([0, 0, 1, 1]), 1, curve, fine_tunes=False).epoch(
        curve[0]
    )  # of four images
    assert not caplog.records
    ChanceWarning(np.array([0] * 90 + [1] * 10), 1, curve, fine_tunes=False).epoch(curve[0])
    assert "90.0 %" in caplog.text


@pytest.mark.parametrize(
    ("fine_tunes", "advice"),
    [
        (False, "start from trained weights (`init=`), train for more `epochs=`, or "),
        (True, "Next time train for more `epochs=`, or change `peak_rate=`."),
    ],
)
def test_the_advice_at_chance_fits_the_training(
    fine_tunes: bool, advice: str, caplog: pytest.LogCaptureFixture
) -> None:
    curve = [report(1, 0.5)]
    labels = np.array([0] * 50 + [1] * 50)
    ChanceWarning(labels, 1, curve, fine_tunes=fine_tunes).epoch(curve[0])
    assert advice in caplog.text
