"""A full training in two processes that Ray Train starts."""

import json
from pathlib import Path

import pytest
from annotating import write_photos
from bad_input import Case, Refuses, both
from full_training import OPTIONS, noise_photos, tiny_job
from tiny_training import tiny_spec
from tracker_readers import tensorboard_runs

from nasbench_mvit.cli.train import command as train
from nasbench_mvit.models.weights.checkpoint import load_model
from nasbench_mvit.training.full.job import WEIGHTS
from nasbench_mvit.training.full.ray import train_with_ray
from nasbench_mvit.training.full.watchers.history import HISTORY
from nasbench_mvit.workbench.trackers.by_name import TrackerName
from nasbench_mvit.workbench.trackers.training import TrackedTraining


def _spec(folder: Path) -> None:
    (folder / "spec.json").write_text(tiny_spec().to_json())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Ray's, of its own settings
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # likewise, of its own sockets
def test_two_processes_train_one_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    noise_photos(tmp_path)
    job = tiny_job(tmp_path / "out", f"imagefolder:{tmp_path / 'photos'}")
    trackers = (TrackerName("tensorboard", str(job.folder / "tensorboard")),)
    last = train_with_ray(job, 2, TrackedTraining(trackers=trackers, folder=job.folder))
    assert (last.epoch, last.num_images) == (job.recipe.epochs, 6)
    _, spec = load_model(job.folder / WEIGHTS)
    assert spec == job.spec
    history = json.loads((job.folder / HISTORY).read_text())
    assert history[-1]["top1"] == last.top1
    curve = tensorboard_runs(job.folder / "tensorboard")["out"].curves["val/top1"]
    assert [step for step, _ in curve] == [entry["update"] for entry in history]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # as above
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_two_processes_train_a_detector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.chdir(tmp_path)
    write_photos(tmp_path / "photos", 10)
    _spec(tmp_path)
    line = (
        "--network spec.json --task detection --data coco:photos --out out --ray 2 --epochs 1 "
        "--batch-size 4 --device-batch 2 --sizes 64 --base-size 64 --eval-size 64 --device cpu"
    )
    assert train.main(line.split()) == 0
    _, spec = load_model(Path("out") / WEIGHTS)
    assert spec.task == "detection"
    (entry,) = json.loads((Path("out") / HISTORY).read_text())
    assert entry["num_images"] == 2
    assert {"map", "map50", "map75"} <= set(entry)


def test_processes_that_cannot_share_an_update_are_refused(refuses: Refuses) -> None:
    args = f"--network spec.json --data imagefolder:photos --out out {OPTIONS} --ray 3"
    needles = ("shared by 3 processes", "one of [1, 2]")
    refuses(Case(args, needles, both(noise_photos, _spec), main=train.main))
