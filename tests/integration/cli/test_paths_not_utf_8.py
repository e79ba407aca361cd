"""Training, evaluation and export in a folder, and of images, whose names are not UTF-8."""

import json
from pathlib import Path

import pytest
from bad_input import exit_code, images
from full_training import OPTIONS
from tiny_training import tiny_spec

from nasbench_mvit.cli.evaluate import command as evaluate
from nasbench_mvit.cli.export import command as export
from nasbench_mvit.cli.train import command as train
from nasbench_mvit.export.manifest import Manifest
from nasbench_mvit.training.full.job import RECIPE, WEIGHTS

LATIN_1 = "caf\udce9"
ON_CPU = "--device cpu --workers 0"


@pytest.fixture(scope="module", params=["work", "images"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with photos, and weights trained on them, one of them so named."""
    names = {"work": "work", "images": "images", request.param: LATIN_1}
    place = tmp_path_factory.mktemp("paths") / names["work"]
    place.mkdir()
    images(6, 6)(place)
    (place / "photos").rename(place / names["images"])
    (place / "spec.json").write_text(tiny_spec().to_json())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        data = f"imagefolder:{names['images']}"
        line = f"--network spec.json --data {data} --out out {OPTIONS}"
        assert exit_code(line.split(), train.main) == 0
    return place / names["images"]


@pytest.fixture
def pictures(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the images; the working directory is that around it."""
    monkeypatch.chdir(folder.parent)
    return folder


def _shown(path: object) -> str:
    return str(path).replace(LATIN_1, r"caf\udce9")


def test_train_and_evaluate_keep_scores(pictures: Path) -> None:
    line = f"--weights out/{WEIGHTS} --data imagefolder:{pictures.name} {ON_CPU} --resize 40"
    assert exit_code(line.split(), evaluate.main) == 0
    scores = json.loads(Path("out/model.scores.json").read_bytes())["scores"]
    assert [kept["data"] for kept in scores] == [f"imagefolder:{_shown(pictures)}"] * 2
    recipe = json.loads(Path("out", RECIPE).read_bytes())
    assert recipe["images"]["source"] == f"imagefolder:{_shown(pictures.name)}"


@pytest.mark.parametrize("given", [False, True])
def test_export_finds_the_images(
    given: bool, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = f"--weights out/{WEIGHTS} --format torch --format onnx --out files-{given}"
    line += f" --data imagefolder:{pictures.name}" * given
    capsys.readouterr()
    assert exit_code(line.split(), export.main) == 0
    assert "cannot be opened" not in capsys.readouterr().out
    manifest = Manifest.model_validate_json(Path(f"files-{given}/export.json").read_bytes())
    assert manifest.images.origin == _shown(pictures)


def test_a_training_may_leave_its_files_in_such_a_folder(pictures: Path) -> None:
    line = f"--network spec.json --data imagefolder:{pictures.name} --out {LATIN_1} {OPTIONS}"
    assert exit_code(line.split(), train.main) == 0
    assert Path(LATIN_1, "model.scores.json").is_file()
