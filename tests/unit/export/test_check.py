"""Comparing a file with the network it was written from."""

import math

import numpy as np
import pytest
import torch
from exporting import RESOLUTION, noise_samples, small_network
from torch import nn

from nasbench_mvit.export.answers import FloatArray
from nasbench_mvit.export.check import Samples, compare, one_by_one, torch_logits
from nasbench_mvit.export.interface import Classes
from nasbench_mvit.export.manifest import TOLERANCE
from nasbench_mvit.export.network import InHalf, random_model

CLASSES = Classes(("a", "b"), cells=2)


def samples(labels: list[list[int]] | None) -> Samples:
    canvases = np.zeros((2, 3, 8, 8), np.float32)
    return Samples(
        canvases=canvases, labels=None if labels is None else np.array(labels)[..., None]
    )


def logits(*rows: list[float]) -> FloatArray:
    return np.array(rows, np.float32)


TORCH = logits([4.0, 1.0, 0.0, 3.0], [1.0, 2.0, 3.0, 0.0])  # names a b, b a
FILE = logits([4.0, 1.0, 3.5, 3.0], [1.0, 2.0, 3.0, 0.0])  # names a a, b a


def test_cells_are_named_one_by_one() -> None:
    check = compare(TORCH, FILE, samples([[0, 1], [1, 1]]), CLASSES, runtime="r")
    assert check.max_difference == 3.5
    assert check.relative_difference == 3.5 / 4.0
    assert check.agreement == 3 / 4
    assert (check.top1_torch, check.top1_file) == (3 / 4, 2 / 4)


def test_without_labels_nothing_is_said_of_accuracy() -> None:
    check = compare(TORCH, FILE, samples(None), CLASSES, runtime="r")
    assert (check.top1_torch, check.top1_file) == (None, None)


@pytest.mark.parametrize(("share", "fails"), [(0.5, False), (2.0, True)])
def test_full_precision_may_differ_by_rounding_alone(share: float, fails: bool) -> None:
    found = TORCH + np.float32(share * TOLERANCE * np.abs(TORCH).max())
    check = compare(TORCH, found, samples(None), CLASSES, runtime="r")
    assert (check.failure("fp32") is not None) is fails
    assert check.failure("int8") is None


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_numbers_that_are_none_fail_in_every_precision(value: float) -> None:
    found = TORCH.copy()
    found[1, 2] = value
    check = compare(TORCH, found, samples(None), CLASSES, runtime="r")
    assert "not finite" in (check.failure("fp16") or "")


def test_logits_that_are_all_zero_differ_by_no_finite_share() -> None:
    zero = np.zeros_like(TORCH)
    assert compare(zero, zero, samples(None), CLASSES, runtime="r").relative_difference == math.inf


def test_samples_are_scaled_to_the_input() -> None:
    made = noise_samples(count=3)
    scaled = list(made.at(RESOLUTION))
    assert [image.shape for image in scaled] == [(1, 3, RESOLUTION, RESOLUTION)] * 3
    np.testing.assert_array_equal(next(made.at(made.canvases.shape[-1]))[0], made.canvases[0])
    assert np.abs(scaled[0].mean() - made.canvases[0].mean()) < 0.01


def test_torch_answers_image_by_image() -> None:
    network, made = small_network(), noise_samples(count=3)
    together = torch_logits(network, made)
    with torch.no_grad():
        batch = torch.from_numpy(np.concatenate(list(made.at(RESOLUTION))))
        expected = network.model(batch).numpy()
    np.testing.assert_allclose(together, expected, atol=1e-5 * np.abs(expected).max())


def test_random_weights_repeat_and_leave_the_callers_dice_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    network = small_network()
    assert torch.equal(torch.rand(1), expected)
    again = random_model(network.spec, seed=0, num_classes=3)
    other = random_model(network.spec, seed=1, num_classes=3)
    state = network.model.state_dict()
    assert all(torch.equal(value, state[key]) for key, value in again.state_dict().items())
    assert not torch.equal(other.state_dict()["stem.conv.weight"], state["stem.conv.weight"])
    assert not any(module.training for module in again.modules())


def test_random_weights_tell_images_apart() -> None:
    answers = torch_logits(small_network(), noise_samples())
    assert answers.std(axis=0).max() > 1e-3 * np.abs(answers).max()


def test_half_precision_leaves_the_network_as_it_is() -> None:
    """Weights and activations of each layer are rounded by half an epsilon, which adds up.

    Logits that happen to be near zero bear the rounding of the larger terms they are sums of, by
    which processors differ; so the error is that of many images together.
    """
    network = small_network()
    half = InHalf(network.model)
    images_BCHW = np.concatenate(list(noise_samples(count=64).at(RESOLUTION)))
    images = torch.from_numpy(images_BCHW)
    with torch.no_grad():
        found, expected = half(images), network.model(images)
    assert found.dtype is torch.float32
    assert {p.dtype for p in network.model.parameters()} == {torch.float32}
    assert {p.dtype for p in half.parameters()} == {torch.float16}
    layers = [m for m in network.model.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    largest = len(layers) * torch.finfo(torch.float16).eps
    assert torch.dist(found, expected) <= largest * torch.linalg.norm(expected)


def test_one_by_one_keeps_the_order() -> None:
    made = noise_samples(count=4)
    means = one_by_one(lambda image: image.mean(axis=(2, 3)))(made, made.canvases.shape[-1])
    np.testing.assert_allclose(means, made.canvases.mean(axis=(2, 3)), rtol=1e-6)
