"""``export`` of weights that ``train`` wrote: their size, images, scores and classes go along."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from bad_input import exit_code
from tiny_training import tiny_spec

from nasbench_mvit.cli.evaluate import command as evaluate
from nasbench_mvit.cli.export import command as export
from nasbench_mvit.export.manifest import Manifest
from nasbench_mvit.models.weights.checkpoint import load_model, read_notes, save_model
from nasbench_mvit.models.weights.files import sha256
from nasbench_mvit.models.weights.split_record import DIGEST_BYTES
from nasbench_mvit.training.full.job import WEIGHTS
from nasbench_mvit.workbench.evaluations import record as scores_record
from nasbench_mvit.workbench.evaluations.record import ScoresRecord, read_scores, scores_path

HELD_OUT = 6  # a fifth of each of two classes
FILE = f"out/{WEIGHTS}"
EVALUATE = f"--weights {FILE} --data imagefolder:photos --device cpu --workers 0"
SCORED_ON = (
    f"on {HELD_OUT} images of photos held out of the training, short side 36 px, centre 32 px"
)


def exported(words: str = "") -> Manifest:
    line = f"--weights {FILE} --format torch --out there {words}"
    assert exit_code(line.split(), export.main) == 0
    return Manifest.model_validate_json(Path("there/export.json").read_text())


def kept_scores(trained_folder: Path) -> tuple[ScoresRecord, ...]:
    kept = read_scores(trained_folder / FILE, sha256(trained_folder / FILE))
    return tuple(record for record in kept if isinstance(record, ScoresRecord))


def keep_anew(trained_folder: Path) -> None:
    """Evaluate the copied weights on the copied photos."""
    scores_path(trained_folder / FILE).unlink()
    assert exit_code(EVALUATE.split(), evaluate.main) == 0


def test_the_files_take_images_of_the_size_trained_at(
    trained_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = exported()
    assert tiny_spec().resolution == 256
    assert found.resolution == 32
    said = " ".join(capsys.readouterr().out.split())
    assert "the weights were trained at 32 px, so the files take images of that size" in said
    assert "--resolution 256 writes files of the network's own" in said
    assert found.formats["torch"].notes == ()
    assert read_notes("there/model.safetensors") == read_notes(trained_folder / FILE)
    assert load_model("there/model.safetensors")[1].resolution == 32


@pytest.mark.usefixtures("trained_folder")
def test_a_size_that_is_asked_for_wins_and_the_difference_is_said() -> None:
    found = exported("--resolution 64")
    assert found.resolution == 64
    (note,) = found.formats["torch"].notes
    assert "the weights were trained at 32 px, this file takes 64 px" in note
    assert "An export at 32 px makes a file of the size they were trained at" in note
    assert "while these files take 64 px" in found.accuracy
    assert found.images.scaling == "short side 72 px, centre 64 px"


@pytest.mark.parametrize("evaluated", [True, False])
def test_the_card_has_the_scores_and_the_files_are_checked_on_these_photos(
    trained_folder: Path, *, evaluated: bool
) -> None:
    """``evaluate`` keeps them, and the end of ``train`` too."""
    if evaluated:
        keep_anew(trained_folder)
    (score,) = kept_scores(trained_folder)
    found = exported()
    assert f"top-1 {100 * score.hits1 / HELD_OUT:.1f} %" in found.accuracy
    assert SCORED_ON in found.accuracy
    assert f"measured on {score.finished:%Y-%m-%d}" in found.accuracy
    assert found.accuracy[1:] in Path("there/model_card.md").read_text()
    assert found.images.name == "photos"
    assert found.images.scaling == "short side 36 px, centre 32 px"
    check = found.formats["torch"].check
    assert check is not None
    assert check.num_canvases == HELD_OUT
    assert check.top1_torch == pytest.approx(score.hits1 / HELD_OUT)
    assert found.classes == ("class0", "class1")


def test_several_evaluations_are_kept_and_repeated_ones_replaced(trained_folder: Path) -> None:
    keep_anew(trained_folder)
    for line in (EVALUATE, f"{EVALUATE} --include-trained", f"{EVALUATE} --crop 24"):
        assert exit_code(line.split(), evaluate.main) == 0
    kept = kept_scores(trained_folder)
    assert [(score.num_images, score.crop) for score in kept] == [(6, 24), (30, 32), (6, 32)]
    first, second, third = exported().accuracy.split("; top-1 ")
    assert "centre 24 px" in first
    assert "held out" in second
    assert "24 of which were trained on, so it says little" in third


def test_other_names_rename_classes_and_never_exchange_them(
    trained_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (trained_folder / "labels.txt").write_text("Katze\nHund\n")
    found = exported("--labels labels.txt")
    assert found.classes == ("Katze", "Hund")
    check = found.formats["torch"].check
    assert check is not None
    assert check.top1_torch is not None  # the photos' folders are called as in the training
    assert read_notes("there/model.safetensors").classes == ("Katze", "Hund")
    (trained_folder / "labels.txt").write_text("class1\nclass0\n")
    line = f"--weights {FILE} --format torch --out elsewhere --labels labels.txt"
    assert exit_code(line.split(), export.main) == 2
    message = capsys.readouterr().err
    assert "--labels gives the classes of out/model.safetensors in another order" in message
    assert "class1, class0) than its logits have (class0, class1" in message
    assert not Path("elsewhere").exists()


def test_scores_of_other_weights_are_not_taken(trained_folder: Path) -> None:
    keep_anew(trained_folder)
    model, spec = load_model(trained_folder / FILE)
    state = {key: value * 0.5 for key, value in model.state_dict().items() if value.ndim}
    save_model(
        trained_folder / FILE, model.state_dict() | state, spec, read_notes(trained_folder / FILE)
    )
    assert kept_scores(trained_folder) == ()
    found = exported()
    assert "Nothing is known of the accuracy" in found.accuracy
    assert found.images.name == "Fashion-MNIST subset"


def test_photos_that_are_gone_are_told(
    trained_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep_anew(trained_folder)
    (trained_folder / "photos").rename(trained_folder / "elsewhere")
    found = exported()
    said = " ".join(capsys.readouterr().out.split())
    assert "the images that the weights were evaluated on cannot be opened" in said
    assert "--data takes other images" in said
    assert SCORED_ON in found.accuracy
    assert found.images.name == "Fashion-MNIST subset"
    check = found.formats["torch"].check
    assert check is not None
    assert check.top1_torch is None
    shutil.rmtree("there")
    assert exported("--data imagefolder:elsewhere").images.name == "elsewhere"


def test_images_that_were_all_trained_on_give_no_accuracy(trained_folder: Path) -> None:
    record = read_notes(trained_folder / FILE).images
    assert record is not None
    for file in Path("photos").glob("*/*.png"):
        if hashlib.blake2b(file.read_bytes(), digest_size=DIGEST_BYTES).digest() in record.held_out:
            file.unlink()
    found = exported("--data imagefolder:photos")
    assert found.images.scaling.endswith(", all of which the weights were trained on")
    check = found.formats["torch"].check
    assert check is not None
    assert check.top1_torch is None


def test_a_damaged_record_of_scores_is_named_and_replaced(
    trained_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scores_path(trained_folder / FILE).write_text("{")
    line = f"--weights {FILE} --format torch --out there"
    assert exit_code(line.split(), export.main) == 2
    assert "model.scores.json" in capsys.readouterr().err
    assert exit_code(EVALUATE.split(), evaluate.main) == 0
    assert len(kept_scores(trained_folder)) == 1


def test_weights_in_a_place_that_cannot_be_written_are_scored_all_the_same(
    trained_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = json.loads(scores_path(trained_folder / FILE).read_text())

    def refuse(_path: Path) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(scores_record, "atomic_write", refuse)
    assert exit_code(EVALUATE.split(), evaluate.main) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "the scores are not kept for the model card of an export" in said
    assert "top-1:" in said
    assert json.loads(scores_path(trained_folder / FILE).read_text()) == before
