"""Names of classes in either of Unicode's forms, in folders, files of labels and weights."""

from pathlib import Path

import pytest
from bad_input import Case, Refuses, exit_code, images
from tiny_training import tiny_spec

from nasbench_mvit.cli.evaluate import command as evaluate
from nasbench_mvit.cli.export import command as export
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.weights.checkpoint import Notes, save_model

COMPOSED, DECOMPOSED = "caf\u00e9", "cafe\u0301"
EVALUATE = "--weights w.safetensors --data imagefolder:photos --device cpu --workers 0 "
EVALUATE += "--resize 36 --crop 32"


def _prepare(folder: Path, named: str, classes: tuple[str, ...] | None) -> None:
    """Write photos of a class of that name and of dogs, and weights."""
    images(6, 6)(folder)
    (folder / "photos/class0").rename(folder / "photos" / named)
    (folder / "photos/class1").rename(folder / "photos/dog")
    notes = Notes(classes=classes, resize=36, crop=32)
    save_model("w.safetensors", build_model(tiny_spec(), num_classes=2), tiny_spec(), notes)


@pytest.mark.parametrize(
    ("folder", "other"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED), (DECOMPOSED, DECOMPOSED)]
)
@pytest.mark.parametrize("by", ["weights", "labels"])
def test_folders_are_known_in_either_form(
    by: str, folder: str, other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    _prepare(tmp_path, folder, (other, "dog") if by == "weights" else None)
    Path("labels.txt").write_bytes(f"\ufeff{other}\n\ufeffdog\n".encode())
    words = " --labels labels.txt" if by == "labels" else ""
    assert exit_code((EVALUATE + words).split(), evaluate.main) == 0
    line = f"--weights w.safetensors --format torch --out files {words}"
    assert exit_code(line.split(), export.main) == 0
    assert "top-1" in capsys.readouterr().out


def test_labels_that_differ_in_form_alone(refuses: Refuses) -> None:
    def prepare(folder: Path) -> None:
        text = f"{COMPOSED}\n{DECOMPOSED}\n"
        (folder / "labels.txt").write_text(text, encoding="utf-8")

    refuses(Case(f"{EVALUATE} --labels labels.txt", ("there twice",), prepare, evaluate.main))
