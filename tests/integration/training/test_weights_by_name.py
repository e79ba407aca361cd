"""Published weights by name: of the Hub and of timm, to train, evaluate and export alike."""

import os
import socket
import subprocess
import sys
import threading
import types
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
import safetensors.torch
import torch
from bad_input import exit_code, images
from foreign_weights import named_by, xxs
from hub_stand_in import COMMIT, hub

from nasbench_mvit.cli.evaluate import command as evaluate
from nasbench_mvit.cli.export import command as export
from nasbench_mvit.errors import WeightsError
from nasbench_mvit.export.manifest import Manifest
from nasbench_mvit.models.weights import by_name
from nasbench_mvit.training.full.initial import open_initial

MODEL = xxs()
TIMM = named_by("timm", MODEL)
EVALUATE = "--data imagefolder:photos --device cpu --workers 0 --resize 36 --crop 32 --labels names"
NAMES = """
import sys
from nasbench_mvit.errors import WeightsError
from nasbench_mvit.training.full.initial import open_initial
for name in sys.argv[1:]:
    try:
        found = open_initial(name)
        print(f"{found.title}, {found.name}")
    except WeightsError as problem:
        print(problem)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    images(9, 9)(tmp_path)
    (tmp_path / "names").write_text("class0\nclass1\n")
    return tmp_path


@pytest.fixture
def timm(monkeypatch: pytest.MonkeyPatch) -> None:
    def create_model(name: str, *, pretrained: bool) -> types.SimpleNamespace:
        if name != "mobilevit_xxs" or not pretrained:
            raise RuntimeError(f"Unknown model ({name})")
        return types.SimpleNamespace(state_dict=lambda: dict(TIMM))

    theirs = types.ModuleType("timm")
    theirs.__spec__ = ModuleSpec("timm", None, origin="a stand-in")
    theirs.create_model = create_model  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "timm", theirs)


@pytest.fixture
def closing_hub() -> Iterator[tuple[str, list[int]]]:
    """The address of a Hub that hangs up, and the requests it got so far."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        requests: list[int] = []

        def serve() -> None:
            while True:
                try:
                    connection, (_, port) = server.accept()
                except OSError:
                    return
                requests.append(port)
                connection.close()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", requests
        server.shutdown(socket.SHUT_RDWR)


def python(home: Path, address: str, *words: str) -> list[str]:
    """Run Python with its own cache of the Hub, offline without an address; return its lines."""
    variables = {"HF_ENDPOINT": address, "HF_HOME": str(home)}
    variables |= {"HF_HUB_OFFLINE": "0" if address else "1"}
    done = subprocess.run(
        [sys.executable, *words], env=os.environ | variables, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return done.stdout.splitlines()


def stored(folder: Path, name: str, file: str) -> None:
    (folder / name).mkdir(parents=True)
    safetensors.torch.save_file(TIMM, folder / name / file)


def exported(folder: Path) -> Manifest:
    return Manifest.model_validate_json((folder / "there/export.json").read_text())


@pytest.mark.usefixtures("timm")
def test_timm_gives_weights_by_name() -> None:
    loaded = open_initial("timm:mobilevit_xxs")
    assert (loaded.title, loaded.name) == ("MobileViT-XXS of timm", "timm:mobilevit_xxs")
    assert torch.equal(loaded.state["stem.conv.weight"], MODEL.state_dict()["stem.conv.weight"])
    with pytest.raises(WeightsError, match=r"timm:resnet.* Unknown model"):
        open_initial("timm:resnet")


@pytest.mark.usefixtures("timm")
def test_weights_of_timm_are_evaluated_and_exported_with_their_scores(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = f"--weights timm:mobilevit_xxs {EVALUATE}"
    assert exit_code(line.split(), evaluate.main) == 0
    assert "MobileViT-XXS of timm: 18 images of 2 classes" in capsys.readouterr().out
    line = "--weights timm:mobilevit_xxs --format torch --resolution 32 --labels names --out there"
    assert exit_code(line.split(), export.main) == 0
    found = exported(folder)
    assert found.title == "MobileViT-XXS"
    assert found.weights.startswith("The weights are those of timm:mobilevit_xxs (SHA-256 ")
    assert found.accuracy.startswith("top-1 ")
    assert "18 images of photos" in found.accuracy
    assert (folder / "runs/timm-mobilevit_xxs.scores.json").is_file()


def test_weights_of_the_hub_are_evaluated_and_exported(folder: Path) -> None:
    stored(folder / "hub", "me/net", "model.safetensors")
    with hub(folder / "hub") as address:
        said = python(
            folder / "home", address, "-m", "nasbench_mvit", "evaluate", "--weights", "hf:me/net",
            *EVALUATE.split(),
        )  # fmt: skip
    assert any(line.startswith("top-1: ") for line in said)
    python(  # offline, from the copy
        folder / "home", "", "-m", "nasbench_mvit", "export", "--weights", "hf:me/net",
        *["--format", "torch", "--resolution", "32", "--labels", "names", "--out", "there"],
    )  # fmt: skip
    found = exported(folder)
    assert found.weights.startswith("The weights are those of hf:me/net (SHA-256 ")
    assert "18 images of photos" in found.accuracy


@pytest.mark.parametrize(
    ("name", "package"), [("hf:apple/mobilevit-small", "huggingface_hub"), ("timm:any", "timm")]
)
def test_a_missing_library_is_named_with_what_to_install(
    name: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(WeightsError, match=f"needs the library {package}.*pip install.*{package}"):
        open_initial(name)


def test_the_hub_gives_weights_by_name_and_what_it_gave_stays(folder: Path) -> None:
    stored(folder / "hub", "me/net", "model.safetensors")
    stored(folder / "hub", "me/older", "pytorch_model.bin")
    (folder / "hub/me/empty").mkdir()
    with hub(folder / "hub") as address:
        newer, older, pinned, empty, unknown = python(
            folder / "home", address, "-c", NAMES, "hf:me/net", "hf:me/older",
            f"hf:me/net@{COMMIT}", "hf:me/empty", "hf:me/nothing",
        )  # fmt: skip
    assert newer == "MobileViT-XXS of timm, hf:me/net"
    assert older == "MobileViT-XXS of timm, hf:me/older"
    assert pinned == f"MobileViT-XXS of timm, hf:me/net@{COMMIT}"
    assert "hf:me/empty cannot be downloaded: the repository holds neither model.saf" in empty
    assert "hf:me/nothing cannot be downloaded: the Hub shows you none of that name" in unknown
    offline = python(folder / "home", "", "-c", NAMES, "hf:me/net", "hf:me/older", "hf:me/never")
    assert offline[:2] == [newer, older]
    assert "hf:me/never cannot be downloaded: the Hub is out of reach (" in offline[2]
    assert "bring model.safetensors of the repository here and give its path." in offline[2]


def test_a_hub_out_of_reach_is_asked_once(folder: Path, closing_hub: tuple[str, list[int]]) -> None:
    address, requests = closing_hub
    (said,) = python(folder / "home", address, "-c", NAMES, "hf:me/net")
    assert "hf:me/net cannot be downloaded: the Hub is out of reach (" in said
    assert len(requests) == 1


@pytest.mark.parametrize(
    "name",
    ["", "only", "a/b/c", "../a/b", "a/..", "a/b@", "a b/c", "a/b--c", "/b", "é/b", "a/" + 96 * "b",
     "https://huggingface.co/a/b"],
)  # fmt: skip
def test_a_name_of_another_form_is_refused_before_the_hub_is_asked(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_name, "_downloaded", lambda *_: pytest.fail("it was asked"))
    with pytest.raises(WeightsError, match=r"names no weights .* Write hf:OWNER/NAME or hf:OWN"):
        open_initial(f"hf:{name}")
