"""``export --push-to-hub``, by the real client to a stand-in of the Hub, and back."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from bad_input import images
from exporting import small_spec
from hub_stand_in import TOKEN, hub
from huggingface_hub import ModelCard
from transformers import AutoModelForImageClassification

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.export.network import random_model
from nasbench_mvit.models.weights.checkpoint import Notes, load_model, save_model

LOAD = """
import sys, torch
from nasbench_mvit.models.weights.checkpoint import load_model
model, spec = load_model(sys.argv[1])
torch.save((spec.id, model.state_dict()), sys.argv[2])
"""
CLASSES = ("class0", "class1")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hub").mkdir()
    images(9, 9)(tmp_path)
    return tmp_path


def python(address: str, token: str, *words: str) -> subprocess.CompletedProcess[str]:
    variables = {"HF_ENDPOINT": address, "HF_HOME": str(Path.cwd() / "home"), "HF_TOKEN": token}
    return subprocess.run(
        [sys.executable, *words], env=os.environ | variables, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def push(address: str, repository: str, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
    line = f"export --weights w.safetensors --format torch --out there --push-to-hub {repository}"
    return python(address, token, "-m", "nasbench_mvit", *line.split())


def weights(spec: MobileViTSpec) -> None:
    model = random_model(spec, seed=0, num_classes=2)
    save_model("w.safetensors", model, spec, Notes(classes=CLASSES, resize=72, crop=64))


@pytest.mark.parametrize(
    ("spec", "library"),
    [(published("mobilevit_xxs"), "transformers"), (small_spec(), "nasbench_mvit")],
    ids=["theirs", "ours"],
)
def test_what_is_pushed_is_loaded_again(folder: Path, spec: MobileViTSpec, library: str) -> None:
    weights(spec)
    line = "evaluate --weights w.safetensors --data imagefolder:photos --device cpu --workers 0"
    assert python("", "", "-m", "nasbench_mvit", *line.split()).returncode == 0
    with hub(folder / "hub") as address:
        done = push(address, "me/net")
        assert done.returncode == 0, done.stderr
        assert f"published: {address}/me/net" in "".join(done.stdout.split("\n"))
        back = python(address, "", "-c", LOAD, "hf:me/net", "back.pt")
        assert back.returncode == 0, back.stderr
    repository = folder / "hub/me/net"
    assert {path.name for path in repository.iterdir()} >= {
        "README.md", "config.json", "model.safetensors", "spec.json", "export"
    }  # fmt: skip
    original, _ = load_model("w.safetensors")
    _, state = torch.load("back.pt")
    assert all(torch.equal(state[key], value) for key, value in original.state_dict().items())
    card = ModelCard.load(repository / "README.md")
    assert card.data.library_name == library
    (result,) = card.data.eval_results
    assert (result.metric_type, result.dataset_name) == ("accuracy", "photos")
    assert re.search(r" ms \[.*\], estimated.*: predictor", card.text)
    assert json.loads((repository / "export/export.json").read_text())["formats"].keys() == {
        "torch"
    }
    if library == "transformers":
        theirs = AutoModelForImageClassification.from_pretrained(repository).eval()
        image = torch.rand(1, 3, 64, 64)
        with torch.no_grad():
            torch.testing.assert_close(theirs(image).logits, original(image), rtol=0, atol=1e-5)
        assert theirs.config.id2label == dict(enumerate(CLASSES))


@pytest.mark.parametrize(
    ("repository", "token", "needle"),
    [
        ("me/net", "hf_wrong", "needs a login on the Hugging Face Hub"),
        ("me/net", "", "Run `hf auth login`"),
        ("other/net", TOKEN, "other/net was refused"),
        ("net", TOKEN, "--push-to-hub must be OWNER/NAME, got 'net'"),
        ("me/a/b", TOKEN, "must be OWNER/NAME"),
        ("me/net@main", TOKEN, "must be OWNER/NAME"),
        ("hf:me/net", TOKEN, "must be OWNER/NAME"),
    ],
)
def test_what_the_hub_would_refuse_is_one_message(
    repository: str, token: str, needle: str, folder: Path
) -> None:
    weights(small_spec())
    with hub(folder / "hub") as address:
        done = push(address, repository, token)
    assert done.returncode == 2
    assert needle in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "hub/other").exists()
    assert (folder / "there").exists() is (repository == "other/net")
