"""Checkpoints that cannot be resumed: the training restarts with a warning and ends the same."""

import dataclasses
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_training import PROXY, tiny_data, tiny_spec

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import WeightsError
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.weights.checkpoint import load_model, save_model
from nasbench_mvit.training.proxy.loop import train_proxy
from nasbench_mvit.training.proxy.result import FractionReport, TrainingResult

HALF = PROXY.fractions // 2


class StoppedError(Exception):
    """Stands for whatever ends a training from outside."""


def train(path: Path | None, spec: MobileViTSpec, *, parts: int | None = None) -> TrainingResult:
    def report(done: FractionReport) -> None:
        if parts is not None and done.step == PROXY.step_after(parts):
            raise StoppedError

    data = tiny_data(PROXY.cell_size)
    return train_proxy(spec, PROXY, data, 0, report=report, checkpoint_path=path, device="cpu")


def half_trained(path: Path, spec: MobileViTSpec) -> bytes:
    with pytest.raises(StoppedError):
        train(path, spec, parts=HALF)
    return path.read_bytes()


def scores(result: TrainingResult) -> list[tuple[float, float]]:
    return [(report.top1, report.train_loss) for report in result.curve]


@pytest.fixture(scope="module")
def expected() -> list[tuple[float, float]]:
    return scores(train(None, tiny_spec()))


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return half_trained(tmp_path_factory.mktemp("checkpoint") / "state.pt", tiny_spec())


def changed(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    """Change the content of a checkpoint that is this training's in every other way."""

    def rewrite(path: Path) -> None:
        content = torch.load(path, weights_only=True)
        change(content)
        torch.save(content, path)

    return rewrite


def cut_to(share: float) -> Callable[[Path], None]:
    def cut(path: Path) -> None:
        content = path.read_bytes()
        path.write_bytes(content[: int(share * len(content))])

    return cut


def of_another_network(path: Path) -> None:
    path.unlink()
    half_trained(path, dataclasses.replace(tiny_spec(), stem_channels=8))


def weights_alone(path: Path) -> None:
    torch.save(build_model(tiny_spec(), 2).state_dict(), path)


def wider(content: dict[str, Any]) -> None:
    other = dataclasses.replace(tiny_spec(), stem_channels=8)
    content["tensors"]["model"] = build_model(other, 8).state_dict()


DAMAGES: dict[str, Callable[[Path], object]] = {
    **{f"cut to {share:.0%}": cut_to(share) for share in (0, 0.01, 0.5, 0.99)},
    "of another network": of_another_network,
    "weights alone": weights_alone,
    "a tensor": lambda path: torch.save(torch.zeros(3), path),
    "a list": lambda path: torch.save([1, 2], path),
    "no zip archive": lambda path: path.write_text("PK and nothing more"),
    "an older schema": changed(lambda content: content.update(schema_version=0)),
    "a later schema": changed(lambda content: content.update(schema_version=2)),
    "no finished part": changed(lambda content: content.update(curve=[])),
    "reports of another kind": changed(lambda content: content.update(curve=[{"loss": 1.0}])),
    "weights of another width": changed(wider),
    "no optimizer": changed(lambda content: content["tensors"].pop("optimizer")),
    "a word for a model": changed(lambda content: content["tensors"].update(model="weights")),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_checkpoint_that_does_not_fit_restarts_the_training(
    name: str,
    checkpoint: bytes,
    expected: list[tuple[float, float]],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = tmp_path / "state.pt"
    path.write_bytes(checkpoint)
    DAMAGES[name](path)
    with caplog.at_level(logging.WARNING):
        assert scores(train(path, tiny_spec())) == expected
    (record,) = caplog.records
    assert "training restarts" in record.getMessage()
    assert str(path) in record.getMessage()


def test_a_directory_in_a_checkpoints_place_costs_the_checkpoints_alone(
    expected: list[tuple[float, float]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "state.pt"
    path.mkdir()
    with caplog.at_level(logging.WARNING):
        assert scores(train(path, tiny_spec())) == expected
    assert {"training goes on without" in text for text in caplog.messages} == {True}
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("share", [0, 0.001, 0.01, 0.1, 0.5, 0.999])
def test_weights_cut_short_are_refused(share: float, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_model(path, build_model(tiny_spec(), 2), tiny_spec())
    cut_to(share)(path)
    with pytest.raises(WeightsError, match=r"model\.safetensors is (damaged|an empty file).*again"):
        load_model(path)


def test_a_checkpoint_is_no_weights_file(checkpoint: bytes, tmp_path: Path) -> None:
    path = tmp_path / "state.pt"
    path.write_bytes(checkpoint)
    with pytest.raises(WeightsError, match=r"state\.pt was not written by save_model"):
        load_model(path)
