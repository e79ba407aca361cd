import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from liveness import peak_bytes
from random_specs import random_family_spec, random_head

from nasbench_mvit.architecture.heads import DeepLabv3Head
from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.rivals import RivalSpec
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.memory import peak_activation_mb, peak_mb


def family(count: int, resolution: int) -> list[MobileViTSpec]:
    space, rng = SearchSpace.load("mobilevit_family"), np.random.default_rng(3)
    return [dataclasses.replace(space.sample(rng), resolution=resolution) for _ in range(count)]


def test_peaks_of_s_xs_and_xxs_are_at_the_widest_expansion_and_at_the_softmax() -> None:
    image = 3 * 256**2
    expansion = 2 * (4 * 32) * 128**2  # SiLU of the first MV2 block that halves the map
    scores, tokens, kept = 4 * 4 * 256**2, 64 * 32**2, 48 * 32**2
    softmax = 2 * scores + 2 * tokens + kept
    expected = [4 * (image + peak) / 1e6 for peak in (expansion, expansion, softmax)]
    found = peak_activation_mb([published(name) for name in BASELINES])
    assert found.tolist() == pytest.approx(expected)


@pytest.mark.parametrize("spec", family(16, 96), ids=lambda spec: spec.id)
def test_the_formula_is_within_a_tenth_of_a_traced_network(spec: MobileViTSpec) -> None:
    assert peak_mb(spec) == pytest.approx(peak_bytes(spec) / 1e6, rel=0.1)


@pytest.mark.parametrize("seed", range(8))
def test_any_valid_network_is_within_a_tenth_of_its_trace(seed: int) -> None:
    spec = random_family_spec(np.random.default_rng(seed), 96)
    assert peak_mb(spec) == pytest.approx(peak_bytes(spec) / 1e6, rel=0.1)


@pytest.mark.parametrize("task", ["detection", "segmentation"])
@pytest.mark.parametrize("seed", range(4))
def test_a_network_with_a_head_is_within_a_tenth_of_its_trace(task: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec = dataclasses.replace(random_family_spec(rng, 96), task_head=random_head(rng, task))
    found = peak_activation_mb([spec], num_classes=10).item()
    assert found == pytest.approx(peak_bytes(spec) / 1e6, rel=0.1)


def test_the_peak_of_a_wide_head_is_in_the_head() -> None:
    head = DeepLabv3Head(output_stride=8, aspp_channels=512)
    spec, view = dataclasses.replace(published("mobilevit_xxs"), task_head=head), 512 * 32**2
    expected = 4 * (3 * 256**2 + 512 + 9 * view) / 1e6  # five views beside their concatenation
    assert peak_mb(spec) == pytest.approx(expected)


def test_many_networks_are_counted_as_each_alone_is() -> None:
    specs = [published(name) for name in BASELINES] + family(5, 224)
    assert peak_activation_mb(specs).tolist() == [peak_mb(spec) for spec in specs]


def test_a_resolution_replaces_the_networks_own_and_no_network_has_no_peak() -> None:
    spec = published("mobilevit_xs")
    smaller = dataclasses.replace(spec, resolution=128)
    assert peak_activation_mb([spec], resolution=128).tolist() == [peak_mb(smaller)]
    assert peak_activation_mb([]).shape == (0,)


def test_of_a_rival_it_is_not_known() -> None:
    assert np.isnan(peak_mb(RivalSpec("mobilenet_v2")))


def test_the_formula_loads_no_torch() -> None:
    code = "import sys, nasbench_mvit.cost.memory; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
