"""What ``evaluate`` and ``export`` say of networks that ``train --task`` has left.

Axes: N images, A anchors, K classes.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from annotating import write_coco, write_photos
from bad_input import Case, Refuses, exit_code
from tiny_training import tiny_spec

from nasbench_mvit.cli.evaluate import command as evaluate
from nasbench_mvit.cli.export import command as export
from nasbench_mvit.cli.train import command as train
from nasbench_mvit.export.network import deployed
from nasbench_mvit.export.package import read_manifest
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.weights.checkpoint import Notes, load_model, read_notes, save_model
from nasbench_mvit.training.images.annotated.annotated_sources import open_annotated
from nasbench_mvit.workbench.evaluations.evaluate import evaluate_weights
from nasbench_mvit.workbench.evaluations.record import read_scores

TASKS = ("detection", "segmentation")
FIRST = {"detection": "map", "segmentation": "miou"}
TITLE = {"map": "mAP", "miou": "mIoU"}
COUNT, HELD_OUT = 10, 2
SIZE = 64
ON_CPU = "--device cpu --workers 0"
TRAINING = (
    f"--network spec.json --epochs 1 --batch-size 2 --device-batch 2 --sizes {SIZE} "
    f"--base-size {SIZE} --eval-size {SIZE} --out out {ON_CPU}"
)
WEIGHTS = "out/model.safetensors"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module", params=TASKS)
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train on photos in a folder called after the task."""
    task = str(request.param)
    folder = tmp_path_factory.mktemp("trained") / task
    write_photos(folder / "photos", COUNT)
    (folder / "spec.json").write_text(tiny_spec().to_json())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        line = f"{TRAINING} --task {task} --data coco:photos"
        assert exit_code(line.split(), train.main) == 0
    return folder


@pytest.fixture
def task(trained: Path, tmp_path: Path) -> str:
    """Copy what was trained, and return its task."""
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    return trained.name


def test_what_was_held_out_is_scored_as_in_the_training(
    task: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.move("photos", "elsewhere")
    line = f"--weights {WEIGHTS} --data coco:elsewhere {ON_CPU}"
    assert exit_code(line.split(), evaluate.main) == 0
    output, name = capsys.readouterr().out, FIRST[task]
    score = json.loads(Path("out/history.json").read_text())[-1][name]
    assert f"{HELD_OUT} images of" in output
    assert f"scaled to {SIZE} × {SIZE} px" in output
    assert f"of these {HELD_OUT} held out of the training; {COUNT - HELD_OUT} more" in output
    assert f"{TITLE[name]}: {100 * score:.2f} % (95 % interval" in output
    assert all(kind in output for kind in ("cat", "dog"))
    digest = json.loads(Path("out/model.scores.json").read_text())["weights_sha256"]
    here, before = read_scores(WEIGHTS, digest)
    assert "coco:" in here.data
    assert here.crop == SIZE
    assert f"scored {TITLE[name]} {100 * score:.1f} %, " in str(before)  # without an interval
    assert "95 % interval" in str(here)


def test_images_trained_on_are_scored_if_they_are_asked_for(task: str) -> None:
    found = evaluate_weights(
        WEIGHTS, "coco:photos", include_trained=True, device="cpu", workers=0, batch_size=3
    )
    assert found.scored.task == task
    assert found.scored.num_images == COUNT
    assert found.scored.split is not None
    assert found.scored.split.num_trained == COUNT - HELD_OUT
    assert next(iter(found.scores)) == FIRST[task]
    for score in found.scores.values():
        assert 0 <= score.low <= score.value <= score.high <= 1
    with pytest.raises(AttributeError, match=FIRST[task]):
        _ = found.top1


@pytest.mark.usefixtures("task")
def test_classes_are_known_by_their_names_whatever_their_order() -> None:
    """The network is told to name the classes the other way round, and so are the images."""
    whole = evaluate_weights(WEIGHTS, "coco:photos", include_trained=True, device="cpu", workers=0)
    path = Path("photos/train.json")
    content = json.loads(path.read_text())
    content["categories"] = [{"id": 117, "name": "dog"}, {"id": 118, "name": "cat"}]
    for record in content["annotations"]:
        record["category_id"] = {17: 118, 18: 117}[record["category_id"]]
    path.write_text(json.dumps(content))
    turned = evaluate_weights(WEIGHTS, "coco:photos", include_trained=True, device="cpu", workers=0)
    assert turned.scores == whole.scores
    assert dict(turned.by_class) == dict(whole.by_class)
    assert set(whole.by_class) == set(read_notes(WEIGHTS).classes or ())


def test_an_export_computes_what_torch_does_and_tells_the_scores(
    task: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = f"--weights {WEIGHTS} --format onnx,torch --out made"
    assert exit_code(line.split(), export.main) == 0
    manifest = read_manifest(Path("made"))
    assert manifest is not None
    assert (manifest.task, manifest.resolution) == (task, SIZE)
    (latency,) = manifest.latencies
    assert latency.of.startswith(f"predictor iphone12_coreml_{task}, ")
    for record in manifest.formats.values():
        assert record.check is not None
        assert record.check.num_canvases == HELD_OUT
        assert record.check.relative_difference <= 1e-4
        assert record.check.agreement == 1
    card = Path("made/model_card.md").read_text()
    assert f"Scored {TITLE[FIRST[task]]}" in card
    assert ("`boxes`" in card) == (task == "detection")
    assert "logits" in card or task == "detection"
    model, spec = load_model(WEIGHTS)
    scene = open_annotated("coco:photos", task="detection", size=SIZE).val[0]
    pixels = scene.picture.resize((SIZE, SIZE))
    image_1CRR = np.asarray(pixels, np.float32).transpose(2, 0, 1)[None] / 255
    session = onnxruntime.InferenceSession("made/model.onnx", providers=["CPUExecutionProvider"])
    found = session.run(None, {"image": image_1CRR})
    with torch.no_grad():
        answer = deployed(model, type(spec).from_json(Path("made/spec.json").read_text()))(
            torch.from_numpy(image_1CRR)
        )
    expected = answer if isinstance(answer, tuple) else (answer,)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-4 * float(theirs.abs().max()))
    assert "100.0%" in capsys.readouterr().out


def test_an_export_is_checked_on_embedded_scenes_where_its_images_are_gone(
    task: str, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scores = Path("out/model.scores.json")
    scores.write_text(scores.read_text().replace(str(trained), "/gone"))
    line = f"--weights {WEIGHTS} --format torch --out made"
    assert exit_code(line.split(), export.main) == 0
    output = " ".join(capsys.readouterr().out.split())
    assert "cannot be opened: there is no folder or file" in output
    assert "checked on embedded scenes; --data takes other images" in output
    manifest = read_manifest(Path("made"))
    assert manifest is not None
    assert manifest.task == task


@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_lower_precisions_answer_much_the_same(task: str, precision: str) -> None:
    line = f"--weights {WEIGHTS} --format onnx --precision {precision} --out made"
    assert exit_code(line.split(), export.main) == 0
    manifest = read_manifest(Path("made"))
    assert manifest is not None
    check = manifest.formats["onnx"].check
    assert check is not None
    assert 0 < check.relative_difference < (0.05 if precision == "fp16" else 1)
    assert check.task == task


def weights_for(task: str, classes: tuple[str, ...] | None = ("cat", "dog")) -> None:
    spec = tiny_spec().for_task(task)
    count = 3 if classes is None else len(classes)
    save_model("own.safetensors", build_model(spec, count), spec, Notes(classes=classes))


WRONG_EVALUATIONS = {
    "labelled images": ("detection", "imagefolder:coco", "unknown image source", "coco:PATH"),
    "no folder": ("detection", "coco:nowhere", "nowhere", ""),
    "another format": ("segmentation", "voc:coco", "coco", "JPEGImages"),
    "other classes": ("detection", "embedded", "does not know: T-shirt/top", "It knows cat, dog"),
    "no test images": ("detection", "coco:coco --split test", "no test images", "train, val"),
    "a short side": ("segmentation", "coco:coco --resize 90", "scaled to squares", "--crop"),
    "boxes without masks": ("detection", "voc:nothing", "nothing", ""),
    "more names than outputs": ("detection", "coco:coco --labels many.txt", "4 classes", "2"),
}


@pytest.mark.parametrize("name", WRONG_EVALUATIONS)
def test_a_wrong_evaluation_is_refused(name: str, refuses: Refuses) -> None:
    task, data, *needles = WRONG_EVALUATIONS[name]

    def prepare(folder: Path) -> None:
        write_coco(folder / "coco")
        (folder / "many.txt").write_text("cat\ndog\ncow\nsheep\n")
        weights_for(task)

    line = f"--weights own.safetensors --data {data} {ON_CPU}"
    refuses(Case(line, tuple(needles), prepare, main=evaluate.main))


def test_outputs_without_names_must_be_as_many_as_the_classes(refuses: Refuses) -> None:
    def prepare(folder: Path) -> None:
        write_coco(folder / "coco")
        weights_for("detection", None)

    line = f"--weights own.safetensors --data coco:coco {ON_CPU}"
    refuses(Case(line, ("coco:coco has 2 classes", "3 logits"), prepare, main=evaluate.main))


@pytest.mark.parametrize(
    ("words", "needles"),
    [
        ("--format timm", ("timm holds networks for classification only", "onnx, coreml")),
        ("--format transformers", ("classification only", "detection")),
        ("--format onnx --data imagefolder:photos", ("unknown image source", "coco:PATH")),
        ("--format onnx --labels two.txt", ("names 3 classes", "2 logits")),
    ],
)
def test_a_wrong_export_is_refused(words: str, needles: tuple[str, ...], refuses: Refuses) -> None:
    def prepare(folder: Path) -> None:
        (folder / "two.txt").write_text("cat\ndog\ncow\n")
        weights_for("detection")

    refuses(Case(f"--weights own.safetensors {words}", needles, prepare, main=export.main))
