"""The training of a supernet, its file and its scores."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from tiny_training import tiny_data
from torch import nn

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import SupernetError
from nasbench_mvit.models.layers import ConvNormAct
from nasbench_mvit.supernet import largest
from nasbench_mvit.supernet import training as supernet_training
from nasbench_mvit.supernet.description import SupernetDescription, digest_of, read_description
from nasbench_mvit.supernet.files import read_supernet, write_supernet
from nasbench_mvit.supernet.sandwich import Sandwich
from nasbench_mvit.supernet.scoring import Scorer, calibrated
from nasbench_mvit.supernet.supernet import Supernet
from nasbench_mvit.supernet.training import SupernetTask, SupernetTraining, train_supernet
from nasbench_mvit.training.common.device import place
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import FractionReport
from nasbench_mvit.training.proxy.stream import CanvasStream

SPACE = """
schema_version: 1
description: four small networks
base: mobilevit_xxs
axes: {stage5.depth: [1, 3], stage5.channels: [32, 80]}
"""
PROXY = ProxyConfig(input_size=32, steps=8, batch_size=8, interim_images=8, dropout=0.0)


class OfTwo(Sandwich):
    """Updates of two networks, always the same."""

    def __init__(self, specs: list[MobileViTSpec]) -> None:
        self._specs = specs

    def networks(self, step: int) -> list[MobileViTSpec]:
        del step
        return self._specs


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchSpace]:
    path = tmp_path_factory.mktemp("space") / "small.yaml"
    path.write_text(SPACE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(largest, "BASELINES", ())  # S would be most of the work
        yield SearchSpace.load(path)


class StoppedError(Exception):
    pass


def train(space: SearchSpace, checkpoint: Path, stop_after: int = 8) -> Supernet:
    reports: list[FractionReport] = []

    def report(point: FractionReport) -> None:
        reports.append(point)
        if len(reports) == stop_after + 1:
            raise StoppedError

    result, supernet = train_supernet(
        space, PROXY, tiny_data(), 0, report=report, checkpoint_path=checkpoint, device="cpu"
    )
    assert list(result.curve) == reports
    assert all(math.isfinite(point.train_loss) for point in reports)
    return supernet


@pytest.fixture(scope="module")
def supernet(space: SearchSpace, tmp_path_factory: pytest.TempPathFactory) -> Supernet:
    return train(space, tmp_path_factory.mktemp("whole") / "whole.pt")


def test_an_interrupted_training_ends_with_the_same_bits(
    space: SearchSpace, supernet: Supernet, tmp_path: Path
) -> None:
    with pytest.raises(StoppedError):
        train(space, tmp_path / "cut.pt", stop_after=4)
    resumed = train(space, tmp_path / "cut.pt").state_dict()
    for name, value in supernet.state_dict().items():
        assert torch.equal(resumed[name], value), name


def test_the_largest_learns_labels_and_the_others_half_from_it() -> None:
    data, placement = tiny_data(), place("cpu")
    specs = [published(name) for name in ("mobilevit_xs", "mobilevit_xxs")]
    task = SupernetTask(data, PROXY, 0, placement, OfTwo(specs))
    labels_BOL = CanvasStream(data, PROXY, seed=0, device=placement.device).training_batch(0).labels
    shape = (*labels_BOL.shape[:2], data.num_classes)
    generator = torch.Generator().manual_seed(0)
    answers = [torch.randn(shape, generator=generator, requires_grad=True) for _ in specs]
    of_width = {spec.feature_channels: answer for spec, answer in zip(specs, answers, strict=True)}

    def model(canvases: torch.Tensor, spec: MobileViTSpec) -> torch.Tensor:
        assert len(canvases) == len(labels_BOL)
        return of_width[spec.feature_channels]

    loss = task.loss(model, 0)  # type: ignore[arg-type]
    loss.backward()  # type: ignore[no-untyped-call]

    # p log q, and of a cross-entropy the gradient q - p, of each output.
    share, classes = PROXY.label_smoothing, data.num_classes
    named = nn.functional.one_hot(labels_BOL, classes).double().mean(2)
    targets = named * (1 - share) + share / classes
    says = [answer.detach().double().softmax(-1) for answer in answers]
    wanted = [targets, (targets + says[0]) / 2]
    parts = [-(p * q.log()).sum(-1).mean() for p, q in zip(wanted, says, strict=True)]
    assert loss.item() == pytest.approx(float(sum(parts)) / 2, rel=1e-5)
    for answer, p, q in zip(answers, wanted, says, strict=True):
        expected = (q - p) / (2 * shape[0] * shape[1])
        torch.testing.assert_close(answer.grad, expected.float(), rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("other", ["limit", "rule"])
def test_a_training_by_another_limit_or_rule_is_not_resumed(
    space: SearchSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    with pytest.raises(StoppedError):
        train(space, tmp_path / "cut.pt", stop_after=4)

    def resumed(max_macs: float) -> int:
        training = SupernetTraining(space, PROXY, tiny_data(), 0, place("cpu"), max_macs)
        assert training.resume(tmp_path / "cut.pt")
        return len(training.curve)

    assert resumed(math.inf) == 5
    if other == "rule":
        monkeypatch.setattr(supernet_training, "RULE", "another")
    assert resumed(1e12 if other == "limit" else math.inf) == 0


def test_muon_takes_no_kernels_of_a_supernet(space: SearchSpace) -> None:
    training = SupernetTraining(space, PROXY, tiny_data(), 0, place("cpu"), math.inf)
    training.run_part()
    supernet = training.supernet()
    matrices = [
        layer.weight for name, layer in supernet.named_modules()
        if (isinstance(layer, nn.Linear) or (
            isinstance(layer, nn.Conv2d) and layer.kernel_size == (1, 1) and layer.groups == 1
        )) and not name.startswith(("stem", "classifier"))
    ]  # fmt: skip
    optimizer = training._optimizer
    state = optimizer.state_dict()["muon"]["state"]
    assert 0 < len(state) == len(matrices)


def test_normalisations_get_the_statistics_of_the_network_itself(
    space: SearchSpace, supernet: Supernet
) -> None:
    placement = place("cpu")
    stream = CanvasStream(tiny_data(), PROXY, seed=0, device=placement.device)
    network = calibrated(supernet.network(next(space.enumerate())), PROXY, stream, placement)
    stem = network.stem
    assert isinstance(stem, ConvNormAct)
    norm = stem.norm
    assert isinstance(norm, nn.BatchNorm2d)
    # 256 images are 64 canvases: 8 batches of eight.
    batches = [stem.conv(stream.training_batch(step).canvases) for step in range(8)]
    means = torch.stack([batch.mean((0, 2, 3)) for batch in batches])
    torch.testing.assert_close(norm.running_mean, means.mean(0), rtol=1e-4, atol=1e-5)
    assert norm.num_batches_tracked == 8


def about(space: SearchSpace, supernet: Supernet) -> SupernetDescription:
    return SupernetDescription(
        space=space.name,
        space_digest=space.digest,
        largest=[spec.to_json() for spec in supernet.largest],
        num_outputs=supernet.num_classes,
        data="embedded",
        data_seed=0,
        images=tiny_data().fingerprint,
        proxy=PROXY.model_dump(mode="json"),
        updates=8,
        seed=0,
        train_loss=1.0,
        cpu_seconds=1.0,
        device="cpu",
        precision="float32",
    )


@pytest.fixture(scope="module")
def file(space: SearchSpace, supernet: Supernet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("file") / "own.safetensors"
    write_supernet(path, supernet, about(space, supernet))
    return path


def test_a_file_gives_the_same_scores_and_the_same_description(
    space: SearchSpace, supernet: Supernet, file: Path
) -> None:
    assert read_description(file) == about(space, supernet)
    networks, spec = (supernet, read_supernet(file, digest_of(file))), next(space.enumerate())
    one, other = (
        Scorer(network, PROXY, tiny_data(), 0, device="cpu").hits(spec) for network in networks
    )
    assert len(one) == len(tiny_data().val)
    assert (one == other).all()


def test_a_file_that_was_replaced_is_noticed(file: Path) -> None:
    with pytest.raises(SupernetError, match="has changed since the start"):
        read_supernet(file, "0" * 16)


@pytest.mark.parametrize(
    ("name", "content", "needle"),
    [
        ("none.safetensors", None, "there is no file .* supernet train"),
        ("cut.safetensors", b"\\1\\2\\3", "is damaged or no supernet .* supernet train"),
        ("golden", Path(__file__).parents[2] / "golden/weights_v1.safetensors", "other weights"),
    ],
)
def test_what_is_no_supernet_says_so(
    tmp_path: Path, name: str, content: bytes | Path | None, needle: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.read_bytes())
    with pytest.raises(SupernetError, match=needle):
        read_description(path)
