"""A full training: exact after an interruption, alike on several processes, and it learns."""

import dataclasses
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from full_training import (
    NUM_TRAIN,
    NUM_VAL,
    RECIPE,
    SIZE,
    StoppedError,
    StopsAfter,
    assert_same_bits,
    noise_photos,
    scores_of,
    tiny_full_training,
    tiny_job,
    tiny_pictures,
)
from PIL import Image
from tiny_training import noise_split

from nasbench_mvit.cli.train.console import expected_time
from nasbench_mvit.errors import DataError, TrainingError
from nasbench_mvit.models.weights.checkpoint import load_model, read_notes
from nasbench_mvit.training.common.world import World
from nasbench_mvit.training.full.job import CHECKPOINT, WEIGHTS
from nasbench_mvit.training.full.outline import Outline
from nasbench_mvit.training.full.plan import FullPlan
from nasbench_mvit.training.full.run import run_job
from nasbench_mvit.training.full.tasks import labelled
from nasbench_mvit.training.full.tasks.labelled import LabelledTask
from nasbench_mvit.training.full.timing import estimate, evaluation_seconds, time_evaluation
from nasbench_mvit.training.full.watcher import Watcher
from nasbench_mvit.training.full.watchers.history import HISTORY
from nasbench_mvit.training.images.loader import Labelled, training_batches
from nasbench_mvit.training.images.pictures import ArrayPictures
from nasbench_mvit.training.proxy.result import NonFiniteLossError
from nasbench_mvit.training.tasks.classification import Scores
from nasbench_mvit.workbench.full_training.train import plan_training

PATIENCE_S = 300


def nobody(_description: object) -> AbstractContextManager[list[Watcher]]:
    return nullcontext([])


@pytest.mark.parametrize("stop", [2, 4])  # within the first epoch of 5 updates and near its end
def test_resumed_training_ends_with_the_same_bits(stop: int, tmp_path: Path) -> None:
    whole = tiny_full_training()
    whole.run(checkpoint=tmp_path / "whole.pt", every=2)
    interrupted = tiny_full_training()
    with pytest.raises(StoppedError):
        interrupted.run([StopsAfter(stop)], checkpoint=tmp_path / CHECKPOINT, every=2)
    resumed = tiny_full_training()
    assert resumed.resume(tmp_path / CHECKPOINT) == (stop > 2)
    assert resumed.updates_done == stop - 2
    resumed.run(checkpoint=tmp_path / CHECKPOINT, every=2)
    assert resumed.updates_done == whole.plan.updates
    assert_same_bits(whole, resumed)
    assert scores_of(resumed) == scores_of(whole)


def test_decoding_processes_change_no_bit() -> None:
    plan = FullPlan(RECIPE, NUM_TRAIN, 0)
    train = tiny_pictures().train
    alone, helped = (
        list(training_batches(train, plan, 3, World(), workers=workers)) for workers in (0, 2)
    )
    assert len(alone) == (plan.updates - 3) * RECIPE.shards
    for first, second in zip(alone, helped, strict=True):
        assert torch.equal(first.images, second.images)
        assert torch.equal(first.labels, second.labels)


def test_processes_share_the_passes_of_one() -> None:
    plan = FullPlan(RECIPE, NUM_TRAIN, 0)
    train = tiny_pictures().train
    whole = list(training_batches(train, plan, 0, World(), workers=0))
    parts = [list(training_batches(train, plan, 0, World(r, 2), workers=0)) for r in range(2)]
    interleaved = list(itertools.chain.from_iterable(zip(*parts, strict=True)))
    for first, second in zip(whole, interleaved, strict=True):
        assert torch.equal(first.images, second.images)


def test_training_learns_what_is_easy() -> None:
    # At twice this rate the outcome hangs on the order in which a processor adds.
    recipe = RECIPE.model_copy(update={"epochs": 24, "initial_rate": 5e-3, "peak_rate": 1e-2})
    training = tiny_full_training(recipe)
    training.run(checkpoint=None)
    assert training.curve[-1].num_images == NUM_VAL
    assert training.curve[-1].top1 > 0.7  # chance is 0.5; 0.9 to 1 by seed and processor
    assert training.curve[-1].train_loss < training.curve[0].train_loss


def test_job_leaves_a_file_that_knows_its_network_and_classes(tmp_path: Path) -> None:
    job = tiny_job(tmp_path / "out", noise_photos(tmp_path))
    outlines: list[Outline] = []
    last = run_job(job, World(), announce=outlines.append, watchers=nobody)
    (outline,) = outlines
    assert (outline.plan.num_images, outline.num_val, outline.num_classes) == (16, 6, 2)
    _, spec = load_model(job.folder / WEIGHTS)
    assert spec == job.spec
    notes = read_notes(job.folder / WEIGHTS)
    assert (notes.classes, notes.resize, notes.crop) == (("dark", "light"), 36, 32)
    history = json.loads((job.folder / HISTORY).read_text())
    assert [entry["epoch"] for entry in history] == [1, 2]
    assert history[-1]["top1"] == last.top1


def test_estimate_says_how_long_and_keeps_nothing(tmp_path: Path) -> None:
    job = tiny_job(tmp_path / "out", noise_photos(tmp_path))
    outline, estimated = estimate(job, World())
    per_update, per_evaluation = estimated.seconds_per_update, estimated.seconds_per_evaluation
    assert min(per_update, per_evaluation) > 0
    seconds = outline.plan.updates * per_update + job.recipe.epochs * per_evaluation
    assert estimated.seconds == pytest.approx(seconds)
    assert not (job.folder / CHECKPOINT).exists()


@pytest.mark.parametrize("num_val", [60, 400, 5_000])
def test_an_estimate_pays_the_start_of_the_decoders_once_an_evaluation(
    num_val: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, per_image = 6.0, 0.004
    now = 0.0
    split = noise_split(num_val, SIZE, 1)

    def slow(_model: object, batches: Iterable[Labelled], *_rest: object) -> Scores:
        nonlocal now
        now += start
        for batch in batches:
            now += per_image * len(batch.labels)
        return Scores(num_images=1, hits1=0, hits5=0, loss=0.0)

    training = tiny_full_training()
    training._task = LabelledTask(dataclasses.replace(tiny_pictures(), val=ArrayPictures(split)))
    monkeypatch.setattr(labelled, "score", slow)
    monkeypatch.setattr(time, "perf_counter", lambda: now)
    marks = time_evaluation(training, num_batches=4)
    assert marks[-1].num_images == 4 * RECIPE.device_batch
    assert evaluation_seconds(marks, num_val) == pytest.approx(start + per_image * num_val)


def test_an_estimate_of_a_single_update_or_none_is_of_what_is_left(tmp_path: Path) -> None:
    recipe = RECIPE.model_copy(
        update={"epochs": 1, "batch_size": 16, "device_batch": 16, "warmup_updates": 0}
    )
    job = tiny_job(tmp_path / "out", noise_photos(tmp_path), recipe)
    _, estimated = estimate(job, World())
    assert estimated.seconds_per_update > 0
    assert estimated.seconds > 0
    run_job(job, World(), announce=lambda _: None, watchers=nobody)
    plan = plan_training(
        job.spec, job.source, recipe=job.recipe, out=job.folder, device="cpu", workers=0
    )
    assert plan.is_done
    assert (plan.seconds_per_update, plan.seconds) == (0.0, 0.0)
    assert expected_time(plan) == "expected: no time, all updates are done"


def test_broken_image_is_named_whoever_reads_it() -> None:
    class Broken(ArrayPictures):
        def picture(self, index: int) -> Image.Image:
            raise DataError(f"image {index} is broken")

    broken = Broken(noise_split(NUM_TRAIN, SIZE, 0))
    for workers in (0, 1):
        batches = training_batches(
            broken, FullPlan(RECIPE, NUM_TRAIN, 0), 0, World(), workers=workers
        )
        with pytest.raises(DataError, match=r"^image \d+ is broken$"):
            next(batches)


def test_training_that_diverges_says_so_and_keeps_its_last_checkpoint(tmp_path: Path) -> None:
    training = tiny_full_training()
    with pytest.raises(StoppedError):
        training.run([StopsAfter(4)], checkpoint=tmp_path / CHECKPOINT, every=2)
    with torch.no_grad():
        next(training._model.parameters()).fill_(float("nan"))
    with pytest.raises(NonFiniteLossError, match="the loss is not finite at step 5"):
        training.run(checkpoint=tmp_path / CHECKPOINT, every=2)
    again = tiny_full_training()
    assert again.resume(tmp_path / CHECKPOINT)
    assert again.updates_done == 2


def test_updates_that_cannot_be_shared_are_refused() -> None:
    with pytest.raises(TrainingError, match=r"shared by 3 processes\. Start one of \[1, 2\]"):
        tiny_full_training(world=World(0, 3))


TWO_PROCESSES = """
import os
import sys
from pathlib import Path
import torch
import torch.distributed as dist
from full_training import tiny_full_training
from nasbench_mvit.training.full import loop as full_loop
from nasbench_mvit.training.full.loop import FullTraining
from nasbench_mvit.training.common.world import joined

folder, dies_at = Path(sys.argv[1]), int(sys.argv[2])
save = FullTraining.save

def save_and_die(training, path):
    save(training, path)
    if training.updates_done == dies_at:
        dist.barrier()
        os._exit(9)

FullTraining.save = save_and_die
with joined("cpu") as world:
    resumed, whole, first = (tiny_full_training(world=world) for _ in range(3))
    assert resumed.resume(folder / "checkpoint.pt") == (dies_at == 0)
    resumed.run(checkpoint=folder / "checkpoint.pt", every=2)
    whole.run(checkpoint=None, every=2)
    found = []
    for training in (resumed, whole):
        scores = [(r.train_loss, r.top1, r.num_images) for r in training.curve]
        found.append((training._model.state_dict(), training.average.state_dict(), scores))
    first.step(first.batches())
    found.append({name: weight.grad for name, weight in first._model.named_parameters()})
    torch.save(found, folder / f"rank{world.rank}.pt")
"""


def _two_processes(folder: Path, dies_at: int) -> subprocess.CompletedProcess[str]:
    """Run ``TWO_PROCESSES`` under torchrun."""
    script = folder / "script.py"
    script.write_text(TWO_PROCESSES)
    launcher = ["torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    root = Path(__file__).parents[3]
    support = root / "tests" / "support"
    paths = os.pathsep.join([str(root), str(support), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-m", *launcher, str(script), str(folder), str(dies_at)],
        env=os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


@pytest.mark.slow
def test_two_processes_agree_with_one_and_go_on_after_a_kill_with_the_same_bits(
    tmp_path: Path,
) -> None:
    killed = _two_processes(tmp_path, dies_at=4)
    assert "exitcode  : 9" in killed.stderr, killed.stderr
    done = _two_processes(tmp_path, dies_at=0)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    (resumed, whole, gradients), (_, other, _) = (
        torch.load(tmp_path / f"rank{rank}.pt", weights_only=True) for rank in range(2)
    )
    assert whole[2][-1][2] == NUM_VAL
    assert whole[2] == other[2] == resumed[2]
    for first, second, third in zip(whole[:2], resumed[:2], other[:2], strict=True):
        for key, value in first.items():
            assert torch.equal(value, second[key]), key
            if "running" not in key:  # those of the first process count
                assert torch.equal(value, third[key]), key
    alone = tiny_full_training()
    alone.step(alone.batches())
    for name, weight in alone._model.named_parameters():
        torch.testing.assert_close(gradients[name], weight.grad, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("before", "now", "difference"),
    [
        ({}, {"seed": 4}, r"differs: seed \(0, now 4\)\. Give"),
        (
            {},
            {"recipe": RECIPE.model_copy(update={"epochs": 3, "freeze": "2"})},
            r"differs: recipe \(`epochs=` 2, now 3, `freeze=` none, now 2\)\. Give",
        ),
        (
            {"recipe": RECIPE.model_copy(update={"peak_rate": 1e-3})},
            {"seed": 1},
            r"differs: recipe \(`peak_rate=` 0.001, now 0.002\), seed \(0, now 1\)\. Give",
        ),
    ],
)
def test_a_checkpoint_of_other_options_names_them(
    before: dict[str, Any], now: dict[str, Any], difference: str, tmp_path: Path
) -> None:
    tiny_full_training(**before).save(tmp_path / "checkpoint.pt")
    with pytest.raises(TrainingError, match=difference):
        tiny_full_training(**now).resume(tmp_path / "checkpoint.pt")


def test_a_checkpoint_that_knows_no_words_names_what_is_another(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    tiny_full_training().save(path)
    content = torch.load(path, weights_only=True)
    del content["facts"]
    torch.save(content, path)
    with pytest.raises(TrainingError, match=r"differs: recipe, seed\. Give"):
        tiny_full_training(RECIPE.model_copy(update={"epochs": 3}), seed=1).resume(path)
