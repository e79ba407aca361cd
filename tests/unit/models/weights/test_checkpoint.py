import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import nn

from nasbench_mvit.architecture.block import BlockSpec
from nasbench_mvit.architecture.spec import MobileViTSpec, StageSpec
from nasbench_mvit.errors import WeightsError
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.weights.checkpoint import load_model, save_model

GOLDEN = Path(__file__).parents[3] / "golden"


def tiny() -> MobileViTSpec:
    plain = StageSpec(channels=4, expansion=2.0)
    block = BlockSpec(dim=4, depth=1, heads=2, patch=(2, 1), kernel=1)
    mixed = StageSpec(channels=4, expansion=2.0, block=block)
    return MobileViTSpec(stem_channels=4, stages=(plain, plain, mixed, plain, mixed))


def trained(num_classes: int = 3) -> nn.Module:
    """Return a network of which every tensor differs from a fresh one, counters included."""
    torch.manual_seed(0)
    model = build_model(tiny(), num_classes)
    model(torch.rand(4, 3, 64, 64))
    return model


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    save_model(path, trained(), tiny())
    return path


def test_a_loaded_network_is_the_saved_one(saved: Path) -> None:
    model, spec = load_model(saved)
    assert spec == tiny()
    assert not model.training
    expected = trained().state_dict()
    assert model.state_dict().keys() == expected.keys()
    for key, value in model.state_dict().items():
        assert torch.equal(value, expected[key]), key
    assert all(parameter.requires_grad for parameter in model.parameters())
    assert all(value.device.type == "cpu" for value in model.state_dict().values())


def test_loading_draws_no_random_numbers(saved: Path) -> None:
    before = torch.get_rng_state()
    load_model(saved)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_state_dict_in_channels_last_saves_alike(saved: Path) -> None:
    model = trained().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    other = saved.with_name("other.safetensors")
    save_model(other, model.state_dict(), tiny())
    assert other.read_bytes() == saved.read_bytes()


def test_yesterdays_file_gives_yesterdays_logits() -> None:
    model, spec = load_model(GOLDEN / "weights_v1.safetensors")
    golden = json.loads((GOLDEN / "weights_v1.json").read_text())
    assert spec.id == golden["spec_id"]
    image = torch.linspace(0, 1, 3 * 48 * 40).reshape(1, 3, 48, 40)
    with torch.no_grad():
        torch.testing.assert_close(model(image)[0], torch.tensor(golden["logits"]))


def test_weights_of_another_network_are_not_saved(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    state = trained().state_dict()
    del state["stem.conv.weight"]
    with pytest.raises(WeightsError, match=r"missing: stem\.conv\.weight"):
        save_model(path, state, tiny())
    assert not list(tmp_path.iterdir())


def test_a_write_that_fails_leaves_the_old_file(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved.read_bytes()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WeightsError, match="No space left"):
        save_model(saved, trained(), tiny())
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _foreign(path: Path) -> None:
    path.write_text("no weights here")


def _without_metadata(path: Path) -> None:
    safetensors.torch.save_file({"a": torch.zeros(1)}, path)


def _rewrite(path: Path, header: object) -> None:
    tensors = safetensors.torch.load_file(path)
    safetensors.torch.save_file(tensors, path, {"nasbench_mvit": json.dumps(header)})


def _broken_header(path: Path) -> None:
    _rewrite(path, ["version"])


def _newer(path: Path) -> None:
    _rewrite(path, {"version": 3, "spec": {"novel": True}})


def _unknown_names(path: Path) -> None:
    _rewrite(path, {"version": 2, "spec": tiny().to_dict(), "names": "keras"})


def _bad_spec(path: Path) -> None:
    _rewrite(path, {"version": 1, "spec": {}})


def _other_spec(path: Path) -> None:
    stages = tiny().stages
    other = MobileViTSpec(stem_channels=8, stages=stages)
    _rewrite(path, {"version": 1, "spec": other.to_dict()})


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (Path.unlink, "there is no weights file"),
        (_truncate, "damaged, cut short or not a weights file.*again"),
        (_empty, "an empty file.*again"),
        (_foreign, "damaged, cut short or not a weights file.*again"),
        (_without_metadata, "not written by save_model.*load_weights"),
        (_broken_header, "damaged, cut short or not a weights file.*again"),
        (_newer, r"format version 3.*up to 2\. Upgrade"),
        (_unknown_names, "names of 'keras', which is unknown"),
        (_bad_spec, "does not describe a valid network"),
        (_other_spec, r"stem\.conv\.weight \(\(4, 3, 3, 3\), needs \(8, 3, 3, 3\)\)"),
    ],
)
def test_a_bad_file_is_refused_with_the_next_step(
    saved: Path, damage: Callable[[Path], None], message: str
) -> None:
    damage(saved)
    with pytest.raises(WeightsError, match=message) as error:
        load_model(saved)
    assert saved.name in str(error.value)
