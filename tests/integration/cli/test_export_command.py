"""The export command, in this process, on a stored study and on files."""

import json
import shutil
from pathlib import Path

import pytest
from bad_input import images
from exporting import described, exit_code_of, onnx_metadata, small_spec, stored_smoke
from measuring import TARGET, block

from nasbench_mvit.architecture.network import mobilevit
from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.cli.evaluate import command as evaluate
from nasbench_mvit.cli.export.command import main
from nasbench_mvit.export.check import Runtime
from nasbench_mvit.export.formats.by_name import FORMATS
from nasbench_mvit.export.manifest import Manifest
from nasbench_mvit.export.network import random_model
from nasbench_mvit.latency.records.record_file import to_line
from nasbench_mvit.models.weights.checkpoint import load_model, save_model
from nasbench_mvit.search.readers.sqlite import Reading, StudyReader
from nasbench_mvit.search.store.location import STORE_FILE
from nasbench_mvit.search.trials.record import Role
from nasbench_mvit.workbench.exports import writer
from nasbench_mvit.workbench.exports.latency import known_latencies
from nasbench_mvit.workbench.shared.described_network import DescribedNetwork

CLASSES = ("class0", "class1")
STEPS, BATCH = 8, 8  # of the study smoke


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("smoke")
    stored_smoke(folder)
    return folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory with a network in it, and photos of two classes."""
    monkeypatch.chdir(tmp_path)
    images(24, 24)(tmp_path)
    (tmp_path / "spec.json").write_text(small_spec().to_json())
    return tmp_path


def run(*words: str) -> int:
    return exit_code_of(main, [word for text in words for word in text.split()])


def manifest(folder: Path) -> Manifest:
    return Manifest.model_validate_json((folder / "export.json").read_text())


def stored(folder: Path) -> Reading:
    return StudyReader(folder / "runs/smoke/study.db").read()


def test_a_network_trained_once_more_by_the_proxy(
    smoke: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(smoke / "runs", folder / "runs")
    searched = [
        t
        for t in stored(folder).trials
        if t.record.role is Role.SEARCH and t.record.duplicate_of is None
    ]
    trial = searched[0]
    record, spec = trial.record, mobilevit(trial.record.network())
    line = (
        f"--study smoke --trial {trial.number} --format onnx,torch --weights proxy --resolution 64"
    )
    store = (folder / "runs/smoke" / STORE_FILE).read_bytes()
    assert run(line) == 0
    out = folder / f"exports/smoke-trial{trial.number}-64px-proxy-fp32"
    found = manifest(out)
    assert found.classes == CLASSES
    assert found.identity.weights.endswith(f"seed {record.evaluations[0].seed}")
    assert f"{STEPS} updates at 64 px on photos, to classify 2 classes" in found.weights
    assert f"{record.evaluations[0].result.top1:.1%} with this seed" in found.accuracy
    reason = "another machine, device, version or number of threads"
    assert reason in found.accuracy  # the score was arithmetic
    assert "the standard deviation is" in found.accuracy  # of smoke's baseline with two seeds
    check = found.formats["onnx"].check
    assert check is not None
    assert check.top1_torch == check.top1_file
    assert check.num_canvases == len(CLASSES) * round(24 / 5)  # a fifth of each class
    assert described(onnx_metadata(out / "model.onnx")).stages == spec.stages
    assert sorted(path.name for path in out.iterdir()) == [
        "export.json",
        "model.onnx",
        "model.pt2",
        "model.safetensors",
        "model_card.md",
        "spec.json",
    ]
    assert (folder / "runs/smoke" / STORE_FILE).read_bytes() == store
    assert "training by the proxy: 100%" in capsys.readouterr().out
    score = f"--weights {out}/model.safetensors --data imagefolder:photos --device cpu --workers 0"
    assert exit_code_of(evaluate.main, score.split()) == 0
    assert "of these 10 held out of the training; 38 more" in capsys.readouterr().out


def test_the_best_under_a_limit_at_its_own_size(smoke: Path, folder: Path) -> None:
    shutil.copytree(smoke / "runs", folder / "runs")
    assert run("--study smoke --best-under 1000 --format onnx --weights random --out here") == 0
    found, complete = manifest(folder / "here"), stored(folder).trials
    best = max((t for t in complete if t.record.evaluations), key=lambda t: t.record.top1())
    assert found.identity.spec_id == best.record.spec_id
    latency = next(entry for entry in found.latencies if entry.kind == "estimated")
    assert (latency.ms, latency.low, latency.high) == (
        best.record.latency.ms,
        best.record.latency.low,
        best.record.latency.high,
    )
    assert found.num_classes == 1000
    assert found.classes is None


def test_formats_are_added_and_replaced_in_one_folder(folder: Path) -> None:
    line = "--spec spec.json --weights random --data imagefolder:photos --out here"
    assert run(line, "--format onnx") == 0
    first = (folder / "here/model.onnx").read_bytes()
    assert run(line, "--format torch,onnx") == 0
    assert (folder / "here/model.onnx").read_bytes() == first
    assert list(manifest(folder / "here").formats) == ["onnx", "torch"]
    files = {file.name for record in manifest(folder / "here").formats.values()
             for file in record.files}  # fmt: skip
    assert files == {"model.onnx", "model.pt2", "model.safetensors"}
    card = (folder / "here/model_card.md").read_text()
    assert "--format torch,onnx" in card
    for name in files:
        assert f"`{name}`" in card


def test_weights_of_a_file_name_its_network_and_their_classes(folder: Path) -> None:
    spec = small_spec()
    save_model("mine.safetensors", random_model(spec, seed=3, num_classes=2), spec)
    assert run("--weights mine.safetensors --format torch --data imagefolder:photos") == 0
    out = folder / f"exports/network-{spec.id}-mine-fp32"
    found = manifest(out)
    assert found.classes == CLASSES
    check = found.formats["torch"].check
    assert check is not None
    assert check.top1_file is not None
    model, _ = load_model(out / "model.safetensors")
    expected, _ = load_model("mine.safetensors")
    assert all(value.equal(expected.state_dict()[key]) for key, value in model.state_dict().items())


def test_labels_name_the_classes_of_a_file(folder: Path) -> None:
    spec = small_spec()
    save_model("mine.safetensors", random_model(spec, seed=3, num_classes=3), spec)
    Path("labels.txt").write_text("cat\ndog\n\n owl \n")
    line = "--weights mine.safetensors --format onnx --data imagefolder:photos --out here"
    assert run(line, "--labels labels.txt") == 0
    assert manifest(folder / "here").classes == ("cat", "dog", "owl")
    held = onnx_metadata(folder / "here/model.onnx")
    assert json.loads(held["nasbench_mvit"])["classes"] == ["cat", "dog", "owl"]


def test_measured_and_predicted_latencies_stand_beside_each_other(folder: Path) -> None:
    took_ms = {1: 4.5, 2: 4.0}  # in two passes
    records = [
        record
        for number, ms in took_ms.items()
        for record in block(number, {small_spec(): ms}, pass_number=number)
    ]
    Path("records.jsonl").write_text("".join(map(to_line, records)))
    line = "--spec spec.json --weights random --data imagefolder:photos --format torch --out here"
    assert run(line, "--records records.jsonl") == 0
    measured, predicted = manifest(folder / "here").latencies
    assert (measured.kind, predicted.kind) == ("measured", "estimated")
    assert (measured.ms, measured.low, measured.high) == (4.0, 4.0, 4.5)
    assert TARGET.device in measured.of
    assert "iPhone 12" in predicted.of
    card = (folder / "here/model_card.md").read_text()
    assert "4.00 ms [4.00, 4.50], measured: Test CPU" in card


def test_a_published_network_has_its_published_latency() -> None:
    for resolution, kinds in ((256, ["published", "estimated"]), (224, ["estimated"])):
        spec = published("mobilevit_xs", resolution=resolution)
        source = DescribedNetwork(title="", slug="", origin="", spec=spec, study=None)
        found = known_latencies(source, predictor=None, records=None)
        assert [latency.kind for latency in found] == kinds
        measured_by_authors = [latency.ms for latency in found if latency.kind == "published"]
        assert measured_by_authors in ([], [FIGURES["mobilevit_xs"].latency_ms])


def test_a_file_that_answers_wrongly_is_kept_marked_and_ends_with_code_1(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    form = FORMATS["onnx"]

    def wrong(path: Path) -> Runtime:
        assert form.open is not None
        right = form.open(path)
        return Runtime(name="wrong", run=lambda *images: right.run(*images) + 1)

    broken = {**FORMATS, "onnx": form.__class__(**{**vars(form), "open": wrong})}
    monkeypatch.setattr(writer, "FORMATS", broken)
    line = "--spec spec.json --weights random --data imagefolder:photos --format onnx --out here"
    assert run(line) == 1
    assert (folder / "here/model.onnx").exists()
    assert "do not use this file" in capsys.readouterr().out
    assert "Do not use it: its logits differ" in (folder / "here/model_card.md").read_text()


def test_a_password_of_the_storage_stays_out_of_the_card() -> None:
    from nasbench_mvit.cli.export.command import _command, main  # noqa: PLC0415

    words = (
        "--study s --trial 1 --format onnx --weights random --storage postgresql://me:secret@h/d"
    )
    command = _command(main.parse(words.split()))
    assert "secret" not in command
    assert "--storage postgresql://***@h/d" in command.replace("'", "")
