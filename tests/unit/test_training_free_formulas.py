"""Training-free scores by hand, and what their papers say does not change them.

Axes: N images, C channels, H rows, W columns.
"""

import dataclasses
import math

import numpy as np
import pytest
import torch
from random_specs import random_spec
from torch import Tensor, nn

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.models.layers import ConvNormAct, TransformerLayer
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.training_free.distinctions import EPSILON, jacob_cov, naswot
from nasbench_mvit.training_free.gradients import grad_norm, snip, zico
from nasbench_mvit.training_free.synflow import linearise, synflow
from nasbench_mvit.training_free.untrained import weights

SIDE = 32


@pytest.fixture
def spec() -> MobileViTSpec:
    """A small network with transformers."""
    rng = np.random.default_rng(0)
    drawn = [random_spec(rng, SIDE) for _ in range(20)]
    return next(found for found in drawn if sum(s.block is not None for s in found.stages) > 1)


@pytest.fixture
def network(spec: MobileViTSpec) -> nn.Module:
    torch.manual_seed(0)
    model = build_model(dataclasses.replace(spec, dropout=0.0, classifier_dropout=0.0), 5)
    return model.double()  # no sign turns by rounding


def images(count: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.rand(count, 3, SIDE, SIDE, generator=generator, dtype=torch.float64)


def test_grad_norm_adds_the_norms_of_layers() -> None:
    layers = [torch.tensor([[3.0, 4.0]]), torch.tensor([5.0, 12.0])]
    assert grad_norm(layers) == pytest.approx(math.hypot(3, 4) + math.hypot(5, 12))


def test_snip_adds_what_each_weight_changes() -> None:
    gradients, of_weights = [torch.tensor([3.0, -4.0])], [torch.tensor([-0.5, 2.0])]
    assert snip(gradients, of_weights) == pytest.approx(3 * 0.5 + 4 * 2.0)


def test_zico_is_mean_over_deviation_of_absolute_gradients() -> None:
    batches = [
        [torch.tensor([1.0, -2.0]), torch.tensor([[4.0]])],
        [torch.tensor([-3.0, 2.0]), torch.tensor([[6.0]])],
    ]
    # The second weight of the first layer has |∇| = 2 in both: it does not vary, and is left out.
    assert zico(batches) == pytest.approx(math.log(2 / 1) + math.log(5 / 1))


def test_zico_does_not_see_the_scale_of_the_loss() -> None:
    generator = torch.Generator().manual_seed(0)
    batches = [[torch.randn(4, 3, generator=generator)] for _ in range(3)]
    assert zico([[1000 * layer for layer in batch] for batch in batches]) == pytest.approx(
        zico(batches)
    )


def test_zico_of_one_batch_is_refused() -> None:
    with pytest.raises(ValueError, match="two batches or more, got 1"):
        zico([[torch.ones(2)]])


def test_synflow_of_a_chain_is_its_layers_times_its_flow() -> None:
    chain = nn.Sequential(ConvNormAct(3, 2, 1), ConvNormAct(2, 4, 1))
    first, second = (layer.detach().double().abs()[:, :, 0, 0] for layer in weights(chain))
    flow = (second @ first @ torch.ones(3, dtype=torch.float64)).sum().item() * SIDE**2
    assert synflow(chain, SIDE) == pytest.approx(math.log(2 * flow))


def test_synflow_does_not_see_signs(spec: MobileViTSpec) -> None:
    found = []
    for sign in (1, -1):
        torch.manual_seed(0)
        model = build_model(spec, 5)
        with torch.no_grad():
            for layer in weights(model):
                layer.mul_(sign)
        found.append(synflow(model, SIDE))
    assert found[0] == pytest.approx(found[1])


def test_as_much_flows_through_the_stem_as_through_the_classifier(network: nn.Module) -> None:
    linearise(network)
    network.eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.abs_()
    total = network(torch.ones(1, 3, SIDE, SIDE, dtype=torch.float64)).sum()
    ends = [network.get_parameter("stem.conv.weight"), network.get_parameter("classifier.weight")]
    for flow, weight in zip(torch.autograd.grad(total, ends), ends, strict=True):
        assert (flow * weight).sum().item() == pytest.approx(total.item())


def test_naswot_is_the_determinant_of_agreements(network: nn.Module) -> None:
    network.eval()
    shown = images(4)
    codes = [_code(network, image[None]) for image in shown]
    agreements = [[float((a == b).sum()) for b in codes] for a in codes]
    assert naswot(network, shown) == pytest.approx(np.linalg.slogdet(agreements).logabsdet)


def _code(network: nn.Module, image: Tensor) -> Tensor:
    """Return which units a single image activates, layer after layer."""
    bits: list[Tensor] = []
    handles = [
        (module.norm if isinstance(module, ConvNormAct) else module.ffn_expand)
        .register_forward_hook(lambda _module, _inputs, output: bits.append(output.flatten() > 0))
        for module in network.modules()
        if (isinstance(module, ConvNormAct) and not module.linear)
        or isinstance(module, TransformerLayer)
    ]  # fmt: skip
    with torch.no_grad():
        network(image)
    for handle in handles:
        handle.remove()
    return torch.cat(bits)


def test_naswot_does_not_see_the_order_of_images(network: nn.Module) -> None:
    shown = images(4)
    assert naswot(network, shown.flip(0)) == pytest.approx(naswot(network, shown))


def test_naswot_of_equal_images_is_minus_infinity(network: nn.Module) -> None:
    network.eval()  # over equal images, statistics of a batch would be 0 and bits rounding
    assert naswot(network, images(1).repeat(2, 1, 1, 1)) == -math.inf


def test_jacob_cov_of_a_linear_network_is_the_worst() -> None:
    linear = nn.Sequential(nn.Flatten(), nn.Linear(3 * SIDE**2, 2)).double()
    # All gradients are equal: one eigenvalue is the number of images, the others are 0.
    count = 3
    worst = -sum(math.log(value + EPSILON) + 1 / (value + EPSILON) for value in (count, 0, 0))
    assert jacob_cov(linear, images(count)) == pytest.approx(worst, rel=1e-3)


def test_jacob_cov_is_best_where_gradients_do_not_correlate() -> None:
    class Masked(nn.Module):
        """Answers each image by one of its pixels, the first by the first and so on."""

        def forward(self, x_NCHW: Tensor) -> Tensor:
            return torch.diagonal(x_NCHW.flatten(1)[:, : len(x_NCHW)])

    best = -2 * (math.log(1 + EPSILON) + 1 / (1 + EPSILON))
    assert jacob_cov(Masked(), images(2)) == pytest.approx(best, rel=1e-3)


def test_jacob_cov_of_constant_answers_is_not_a_number() -> None:
    flat = nn.Sequential(nn.Flatten(), nn.Linear(3 * SIDE**2, 2)).double()
    nn.init.zeros_(flat.get_parameter("1.weight"))
    assert math.isnan(jacob_cov(flat, images(2)))
