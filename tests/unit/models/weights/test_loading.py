"""The network of a file: by whatever names, in whatever wrapping and precision; and what is not."""

import argparse
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from foreign_weights import XXS, named_by, xxs
from torch import Tensor, nn

from nasbench_mvit.errors import WeightsError
from nasbench_mvit.models.weights.checkpoint import Notes, load_model, save_model
from nasbench_mvit.models.weights.foreign_names import LAYOUTS
from nasbench_mvit.models.weights.loading import LoadedWeights, load_weights
from nasbench_mvit.models.weights.preprocessing import OWN

MODEL = xxs()
TIMM = named_by("timm", MODEL)


def check(loaded: LoadedWeights) -> None:
    expected = MODEL.state_dict()
    found = loaded.model.state_dict()
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[key], expected[key]) for key in expected)
    assert loaded.spec == XXS
    assert not loaded.model.training


def read(folder: Path, content: object, **options: Any) -> LoadedWeights:
    torch.save(content, folder / "weights.pth")
    return load_weights(folder / "weights.pth", **options)


def prefixed(prefix: str, state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}{key}": value for key, value in state.items()}


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_weights_of_any_precision_are_computed_with_in_float32(
    tmp_path: Path, kind: torch.dtype
) -> None:
    state = {
        key: value.to(kind) if value.is_floating_point() else value
        for key, value in MODEL.state_dict().items()
    }
    path, notes = tmp_path / "mine.safetensors", Notes(classes=("cat", "dog"), crop=64)
    save_model(path, state, XXS, notes)
    for model, expected in (
        (load_weights(path).model, notes),
        (load_model(path)[0], notes),
    ):
        found = model.state_dict()
        assert load_weights(path).notes == expected
        for key, value in state.items():
            assert torch.equal(found[key], value.float() if value.is_floating_point() else value)
    assert str(kind).removeprefix("torch.") in load_weights(path).remarks[0]


def test_foreign_weights_in_half_become_float32_too(tmp_path: Path) -> None:
    half = {key: value.half() if value.ndim else value for key, value in TIMM.items()}
    types = {value.dtype for value in read(tmp_path, half).model.state_dict().values()}
    assert types == {torch.float32, torch.int64}


@pytest.mark.parametrize("source", LAYOUTS)
@pytest.mark.parametrize("says", [True, False])
def test_the_names_tell_the_source(tmp_path: Path, source: str, *, says: bool) -> None:
    path = tmp_path / "model.safetensors"
    safetensors.torch.save_file(named_by(source, MODEL), path, {"format": "pt"})
    loaded = load_weights(path, source=source if says else None)
    check(loaded)
    assert loaded.source == source
    assert loaded.title == f"MobileViT-XXS of {source}"
    assert any(f"names of {source}" in remark for remark in loaded.remarks) is not says


@pytest.mark.parametrize(
    "prefix",
    [
        "module.",
        "_orig_mod.",
        "model.",
        "module._orig_mod.",
        "model._orig_mod.module.",
        "net.body.",
    ],
)
@pytest.mark.parametrize("source", ["timm", OWN])
def test_prefixes_are_dropped(tmp_path: Path, source: str, prefix: str) -> None:
    state = MODEL.state_dict() if source == OWN else TIMM
    loaded = read(tmp_path, prefixed(prefix, dict(state)))
    check(loaded)
    assert loaded.source == source


def test_a_name_within_a_name_is_dropped_as_well(tmp_path: Path) -> None:
    """As where torch.compile or checkpointing wraps single stages."""
    check(
        read(tmp_path, {key.replace("stages.", "stages._orig_mod."): v for key, v in TIMM.items()})
    )


@pytest.mark.parametrize(
    "content",
    [
        {"state_dict": TIMM, "epoch": 3, "args": argparse.Namespace(lr=0.1)},
        {"model_state_dict": TIMM, "optimizer": {"state": {0: {"exp_avg": torch.ones(2)}}}},
        {"model": {"weights": TIMM}},
        {
            "state_dict": prefixed("model.", TIMM) | {"loss.weight": torch.ones(3)},
            "hyper_parameters": {"path": Path("x"), "kind": torch.nn.ReLU},
            "callbacks": {nn.Linear: {"best": 1.0}},
        },
        prefixed("module.", TIMM) | {"n_averaged": torch.tensor(3)},
    ],
)
def test_weights_are_found_in_a_checkpoint(tmp_path: Path, content: object) -> None:
    check(read(tmp_path, content))


@pytest.mark.parametrize("name", ["state_dict_ema", "model_ema", "average"])
def test_of_several_the_moving_average_is_taken_and_said(tmp_path: Path, name: str) -> None:
    last = {key: value + 1 for key, value in TIMM.items()}
    loaded = read(tmp_path, {"state_dict": prefixed("module.", last), name: TIMM})
    check(loaded)
    assert f"the moving average is taken, {name}; `part=` takes others" in loaded.remarks[0]
    other = load_weights(tmp_path / "weights.pth", part="state_dict").model.state_dict()
    assert torch.equal(other["stem.conv.weight"], last["stem.conv.weight"])


def test_several_that_are_no_averages_must_be_chosen(tmp_path: Path) -> None:
    other = {key: value + 1 for key, value in TIMM.items()}
    both = prefixed("student.", other) | prefixed("teacher.", TIMM)
    with pytest.raises(WeightsError, match=r"several sets of weights: student, teacher.*`part=`"):
        read(tmp_path, both)
    check(load_weights(tmp_path / "weights.pth", part="teacher"))
    with pytest.raises(WeightsError, match=r"under 'techer'\. Did you mean 'teacher'"):
        load_weights(tmp_path / "weights.pth", part="techer")


@pytest.mark.parametrize("wrap", [lambda m: m, nn.DataParallel, lambda m: {"model": m, "epoch": 1}])
def test_a_pickled_module_gives_its_weights(
    tmp_path: Path, wrap: Callable[[nn.Module], object]
) -> None:
    check(read(tmp_path, wrap(MODEL)))


def test_old_torch_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "old.pth"
    torch.save({"state_dict": TIMM}, path, _use_new_zipfile_serialization=False)
    check(load_weights(path))


def test_files_are_known_by_content_not_by_name(tmp_path: Path) -> None:
    safetensors.torch.save_file(TIMM, tmp_path / "model.bin")
    check(load_weights(tmp_path / "model.bin"))
    torch.save(TIMM, tmp_path / "model.safetensors")
    check(load_weights(tmp_path / "model.safetensors"))


def test_an_index_stands_for_its_files(tmp_path: Path) -> None:
    names, shards = list(TIMM), ("model-00001-of-00002.bin", "model-00002-of-00002.bin")
    halves = (names[:99], names[99:])
    for shard, half in zip(shards, halves, strict=True):
        torch.save({key: TIMM[key] for key in half}, tmp_path / shard)
    where = {key: shards[number] for number, half in enumerate(halves) for key in half}
    index = tmp_path / "model.bin.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": where}))
    check(load_weights(index))
    with pytest.raises(WeightsError, match=r"one of 2 files.*model\.bin\.index\.json"):
        load_weights(tmp_path / shards[0])
    (tmp_path / shards[1]).unlink()
    with pytest.raises(WeightsError, match=shards[1]):
        load_weights(index)


def test_own_weights_without_their_network(tmp_path: Path) -> None:
    loaded = read(tmp_path, MODEL.state_dict())
    check(loaded)
    assert "names no network; all its tensors are those of MobileViT-XXS" in loaded.remarks[0]
    partial = {k: v for k, v in MODEL.state_dict().items() if not k.startswith("stages.1")}
    nearest = r"nearest published one is mobilevit_xxs; keys missing: stages\.1\.mv2\.0\.expand"
    with pytest.raises(WeightsError, match=rf"{nearest}.*model\.safetensors"):
        read(tmp_path, partial)
    with pytest.raises(
        WeightsError,
        match=r"do not fit the network of .*weights\.pth; keys missing: .*, … \(45 in all\)",
    ):
        read(tmp_path, partial, spec=XXS)
    check(read(tmp_path, MODEL.state_dict(), spec=XXS))


def test_a_wrong_source_is_corrected(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="names are those of timm: try that as `source=`"):
        read(tmp_path, TIMM, source="transformers")
    with pytest.raises(WeightsError, match=r"unknown source of weights 'tim'.*'timm'"):
        read(tmp_path, TIMM, source="tim")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(tmp_path: Path, value: float) -> None:
    state = TIMM | {"final_conv.conv.weight": torch.full((320, 80, 1, 1), value)}
    with pytest.raises(WeightsError, match=r"head\.conv\.weight.*25,600 values.*not finite"):
        read(tmp_path, state)


def test_quantised_weights_are_refused(tmp_path: Path) -> None:
    state = TIMM | {"head.fc.weight": TIMM["head.fc.weight"].to(torch.int8)}
    with pytest.raises(WeightsError, match=r"classifier\.weight.*torch\.int8.*quantised"):
        read(tmp_path, state)


class Evil:
    """A pickle of it would create a file where it is read."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return os.open, (str(self.target), os.O_CREAT)


@pytest.mark.parametrize("save", [torch.save, lambda o, p: p.write_bytes(pickle.dumps(o))])
def test_code_in_a_checkpoint_never_runs(
    tmp_path: Path, save: Callable[[object, Path], None]
) -> None:
    path, target = tmp_path / "evil.pth", tmp_path / "executed"
    save({"state_dict": Evil(target)}, path)
    with pytest.raises(WeightsError):
        load_weights(path)
    assert not target.exists()
    torch.save({"state_dict": TIMM, "args": Evil(target)}, path)
    check(load_weights(path))
    assert not target.exists()


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def cut_torch(path: Path) -> None:
    torch.save(TIMM, path)
    cut(path)


def cut_safetensors(path: Path) -> None:
    safetensors.torch.save_file(TIMM, path)
    cut(path)


def flipped_bit(path: Path) -> None:
    torch.save(TIMM, path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def text(content: str | bytes) -> Callable[[Path], object]:
    written = content if isinstance(content, bytes) else content.encode()
    return lambda path: path.write_bytes(written)


def torch_script(path: Path) -> None:
    torch.jit.script(nn.Linear(2, 2)).save(str(path))  # type: ignore[no-untyped-call]


def exported_program(path: Path) -> None:
    torch.export.save(torch.export.export(nn.Linear(2, 2), (torch.zeros(1, 2),)), path)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda _path: None, "no weights file"),
        (Path.mkdir, "a folder, not a file of weights"),
        (cut_torch, "damaged, cut short"),
        (cut_safetensors, "damaged, cut short"),
        (flipped_bit, "damaged.*checksum"),
        (text(""), "an empty file"),
        (text("\n<!DOCTYPE html><html>Sign in"), "a web page.*Download"),
        (text("version https://git-lfs.github.com/spec/v1\noid sha256:0"), "Git LFS.*git lfs pull"),
        (text('{"error": "not found"}'), "JSON file without the index"),
        (text(b"\x08\x08\x12\x07pytorch\x1a\x05"), "an ONNX file.*made from"),
        (text(b"\x1c\x00\x00\x00TFL3"), "LiteRT"),
        (text(b"\x1f\x8b\x08\x00"), "an archive.*Unpack"),
        (text(b"\x89HDF\r\n"), "HDF5"),
        (os.mkfifo, "is a pipe or a device, not a file of weights. Write what it gives to a file"),
        (lambda path: path.symlink_to("/dev/null"), "is a pipe or a device, not a file"),
        (text("weights"), "neither safetensors nor a file of torch.save"),
        (torch_script, r"TorchScript program.*torch\.jit\.load\(path\)\.state_dict"),
        (exported_program, r"program of torch\.export.*model\.safetensors beside"),
        (lambda path: torch.save(torch.zeros(2), path), "no weights but Tensor"),
        (lambda path: torch.save({"epoch": 3}, path), "no weights but epoch"),
        (lambda path: torch.save({}, path), "no weights but nothing"),
        (
            lambda path: torch.save({"fc.weight": torch.zeros(2, 2)}, path),
            r"not have the names of a whole MobileViT, but fc\.weight.*stem\.bn\.weight \(timm\)",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:.*torch.jit.*deprecated:DeprecationWarning")
def test_what_is_no_file_of_weights_is_named(
    tmp_path: Path, make: Callable[[Path], object], message: str
) -> None:
    make(tmp_path / "file.bin")
    with pytest.raises(WeightsError, match=message) as error:
        load_weights(tmp_path / "file.bin")
    assert "file.bin" in str(error.value)


def test_only_files_are_offered_in_place_of_one_that_is_missing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pt")
    (tmp_path / "folder.pt").mkdir()
    with pytest.raises(WeightsError, match=r"there is no weights file .*\. Check the path\.$"):
        load_weights(tmp_path / "none.pt")
    with pytest.raises(WeightsError, match=r"is a folder.* Give a file\.$"):
        load_weights(tmp_path)
