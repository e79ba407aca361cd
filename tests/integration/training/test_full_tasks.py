"""Full trainings that detect or segment, on small sets of COCO's and VOC's formats."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from annotating import HEIGHT, WIDTH, annotation, coco, picture, write_coco, write_photos, write_voc
from bad_input import exit_code
from full_training import StoppedError, StopsAfter, assert_same_bits, scores_of
from tiny_training import tiny_spec

from nasbench_mvit.architecture.heads import USUAL_RESOLUTION
from nasbench_mvit.cli.train import command as train
from nasbench_mvit.errors import SpecError, TrainingError, WeightsError
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.weights.checkpoint import load_model, read_notes, save_model
from nasbench_mvit.training.common.device import place
from nasbench_mvit.training.common.world import World
from nasbench_mvit.training.full.backbone import open_backbone
from nasbench_mvit.training.full.defaults import of_task
from nasbench_mvit.training.full.job import CHECKPOINT, FullJob
from nasbench_mvit.training.full.loop import FullTraining
from nasbench_mvit.training.full.outline import open_job
from nasbench_mvit.training.full.recipe import FullRecipe
from nasbench_mvit.workbench.full_training.options import TrainingOptions
from nasbench_mvit.workbench.full_training.train import plan_training, train_network

RECIPE = FullRecipe(epochs=2, batch_size=2, device_batch=2, sizes=(64,), base_size=64, eval_size=64)
OPTIONS = (
    "--epochs 2 --batch-size 2 --device-batch 2 --sizes 64 --base-size 64 --eval-size 64 "
    "--device cpu --workers 0"
)
METRICS = {"detection": ["map", "map50", "map75"], "segmentation": ["miou", "pixel_accuracy"]}
TASKS = tuple(METRICS)
NUM_VAL = 5


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_coco(tmp_path / "coco")
    write_many(tmp_path / "many")
    write_voc(tmp_path / "voc")
    (tmp_path / "spec.json").write_text(tiny_spec().to_json())


def write_many(root: Path) -> None:
    """Write COCO's layout: four images to train on and five to validate."""
    contents = {}
    for split, count in (("train", 4), ("val", NUM_VAL)):
        names = [f"{number}.png" for number in range(count)]
        for name in names:
            picture(root / split / name)
        contents[split] = coco(
            images=[
                {"id": number, "file_name": name, "width": WIDTH, "height": HEIGHT}
                for number, name in enumerate(names)
            ],
            annotations=[
                annotation(number + 1, number, 17 + number % 2, [4 * number, 8, 16, 16])
                for number in range(count)
            ],
        )
    write_coco(root, contents, images=False)


def training(
    task: str, world: World | None = None, source: str = "coco:many", **changes: Any
) -> FullTraining:
    spec = tiny_spec().for_task(task)
    recipe = of_task(RECIPE.model_copy(update=changes), spec.task)
    job = FullJob(
        spec=spec, recipe=recipe, source=source, seed=0, folder=Path("out"), device="cpu",
        workers=0, every=1,
    )  # fmt: skip
    world = world or World()
    outline, opened = open_job(job, world.size, keeps=False)
    return FullTraining(spec, outline.plan, opened, placement=place("cpu"), world=world, workers=0)


@pytest.mark.parametrize("task", TASKS)
def test_a_resumed_training_ends_with_the_same_bits(task: str) -> None:
    whole = training(task)
    whole.run(checkpoint=None, every=1)
    with pytest.raises(StoppedError):
        training(task).run([StopsAfter(2)], checkpoint=Path(CHECKPOINT), every=1)
    resumed = training(task)
    assert resumed.resume(Path(CHECKPOINT))
    assert resumed.updates_done == 1
    resumed.run(checkpoint=None, every=1)
    assert_same_bits(whole, resumed)
    assert scores_of(resumed) == scores_of(whole)


@pytest.mark.parametrize(
    ("task", "data", "num_val"),
    [("detection", "voc:voc", 1), ("segmentation", "coco:coco", 2)],
)
def test_the_command_leaves_a_network_of_its_task_and_its_scores(
    task: str, data: str, num_val: int, capsys: pytest.CaptureFixture[str]
) -> None:
    line = f"--network spec.json --task {task} --data {data} --out out {OPTIONS}"
    assert exit_code(line.split(), train.main) == 0
    _, spec = load_model("out/model.safetensors")
    assert (spec.task, spec.stages) == (task, tiny_spec().stages)
    assert spec.resolution == USUAL_RESOLUTION[spec.task]
    history = json.loads(Path("out/history.json").read_text())
    assert [entry["num_images"] for entry in history] == [num_val] * 2
    assert list(history[-1])[-len(METRICS[task]) :] == METRICS[task]
    recipe = json.loads(Path("out/recipe.json").read_text())["recipe"]
    assert "min_crop" not in recipe
    assert read_notes("out/model.safetensors").classes
    output = capsys.readouterr().out
    assert "evaluate --weights" in output
    assert ("mAP50" in output) == (task == "detection")


def test_a_training_learns_to_segment_what_it_is_shown() -> None:
    trained = training("segmentation", source="voc:voc", epochs=30, peak_rate=0.02, ema_decay=0.0)
    trained.run(checkpoint=None)
    assert trained.curve[-1].metrics["pixel_accuracy"] > 0.9 > trained.curve[0].metrics["miou"]


def test_a_backbone_is_taken_over_whole_and_its_head_is_not() -> None:
    torch.manual_seed(7)
    state = build_model(tiny_spec(), 5).state_dict()
    save_model("mine.safetensors", state, tiny_spec())
    weights = open_backbone("mine.safetensors")
    model = build_model(tiny_spec().for_task("detection"), 3)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    weights.load_into(model, 3)
    shared = [key for key in before if key.split(".")[0] in {"stem", "stages"}]
    for key, value in model.state_dict().items():
        assert torch.equal(value, state[key] if key in shared else before[key]), key
    assert len(shared) == len([key for key in state if key.split(".")[0] in {"stem", "stages"}])


@pytest.mark.parametrize("task", TASKS)
def test_a_training_starts_from_the_backbone_of_a_classifier_or_of_a_network_of_a_task(
    task: str,
) -> None:
    save_model("mine.safetensors", build_model(tiny_spec(), 5), tiny_spec())

    def options(task: str, backbone: str | Path) -> TrainingOptions:
        recipe = RECIPE.model_copy(update={"epochs": 1})
        return {
            "task": task, "backbone": backbone, "recipe": recipe, "device": "cpu", "workers": 0,
        }  # fmt: skip

    first = train_network(None, "coco:coco", **options(task, "mine.safetensors"))
    assert list(first.scores.metrics) == METRICS[task]
    about = json.loads((first.weights.parent / "recipe.json").read_text())
    assert about["starts_from"].startswith("the backbone of MobileViT")
    other = next(name for name in TASKS if name != task)
    plan = plan_training(None, "coco:coco", **options(other, first.weights))
    assert plan.start.folder.name.startswith(f"train-{other}-")


@pytest.mark.parametrize("task", TASKS)
def test_what_a_backbone_was_trained_on_does_not_validate(
    task: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_photos(Path("drawn"), 12)
    line = f"--task {task} --data coco:drawn {OPTIONS}"
    assert exit_code(f"{line} --network spec.json --out a".split(), train.main) == 0
    capsys.readouterr()
    line += " --backbone a/model.safetensors --seed 1"
    assert exit_code(f"{line} --out b".split(), train.main) == 0
    assert "that they were not trained on validate" in capsys.readouterr().out
    first, second = (read_notes(f"{name}/model.safetensors").images for name in "ab")
    assert first is not None
    assert second is not None
    assert second.held_out
    assert not second.held_out & first.trained
    assert second.trained >= first.trained


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"task": "detect"}, SpecError, "detection"),
        ({"task": "detection", "init": "mine.safetensors"}, TrainingError, "`backbone=`"),
        ({"backbone": "mine.safetensors"}, TrainingError, "give `task=`"),
        (
            {"task": "classification", "backbone": "mine.safetensors"},
            TrainingError,
            "starts from `init=`",
        ),
        (
            {"network": "mobilevit_xxs", "task": "detection", "backbone": "mine.safetensors"},
            WeightsError,
            r"stage1\.channels = \d+ instead of 16.*Give weights of this network to `backbone=`",
        ),
        (
            {"task": "detection", "recipe": FullRecipe(min_crop=0.5, label_smoothing=0.2)},
            TrainingError,
            "detection has no use for `label_smoothing=`, `min_crop=`",
        ),
        (
            {"task": "segmentation", "recipe": FullRecipe(freeze="2")},
            TrainingError,
            "give `backbone=`",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(
    values: dict[str, Any], error: type[Exception], message: str
) -> None:
    save_model("mine.safetensors", build_model(tiny_spec(), 5), tiny_spec())
    network = values.pop("network", "spec.json")
    with pytest.raises(error, match=message):
        train_network(network, "coco:coco", **values)


TWO_PROCESSES = """
from pathlib import Path
import torch
from full_training import StoppedError, StopsAfter, assert_same_bits
from test_full_tasks import TASKS, training
from nasbench_mvit.training.common.world import joined

with joined("cpu") as world:
    found = {}
    for task in TASKS:
        path = Path(f"{task}.pt")
        whole, stopped, resumed = (training(task, world, batch_size=4) for _ in range(3))
        whole.run(checkpoint=None, every=1)
        try:
            stopped.run([StopsAfter(2)], checkpoint=path, every=1)
        except StoppedError:
            assert resumed.resume(path)
        resumed.run(checkpoint=None, every=1)
        assert_same_bits(whole, resumed)
        found[task] = [r.to_dict() for r in whole.curve], whole.average.state_dict()
    torch.save(found, f"rank{world.rank}.pt")
"""


@pytest.mark.slow
def test_two_processes_share_updates_and_scores_and_go_on_with_the_same_bits(
    tmp_path: Path,
) -> None:
    (tmp_path / "script.py").write_text(TWO_PROCESSES)
    root = Path(__file__).parents[3]
    paths = [root, root / "tests" / "support", Path(__file__).parent]
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2",
         "script.py"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths)), "OMP_NUM_THREADS": "1"},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    ranks = [torch.load(f"rank{rank}.pt", weights_only=True) for rank in range(2)]
    for task in TASKS:
        (curve, average), (other, _) = (rank[task] for rank in ranks)
        assert [_lasting(entry) for entry in curve] == [_lasting(entry) for entry in other]
        assert curve[-1]["num_images"] == NUM_VAL
        alone = training(task, batch_size=4)
        alone.average.load_state_dict(average)
        scores = alone.evaluate()
        assert scores.metrics == {name: curve[-1][name] for name in METRICS[task]}
        assert scores.loss == pytest.approx(curve[-1]["val_loss"])
        alone.run(checkpoint=None)
        assert alone.curve[0].train_loss == pytest.approx(curve[0]["train_loss"])


def _lasting(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != "seconds"}
