"""The closed formulas of heads and dilation against the torch modules, over random networks."""

import dataclasses
import itertools

import numpy as np
import pytest
from random_specs import random_family_spec, random_head

from nasbench_mvit.architecture.heads import DeepLabv3Head, SSDLiteHead
from nasbench_mvit.architecture.network import Network
from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.rivals import RivalSpec
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.analytic import count_costs, count_costs_many
from nasbench_mvit.cost.traced import UNCOUNTED, UNCOUNTED_IN_RIVALS, trace_costs

TASKS = ("detection", "segmentation")


def networks(count: int, seed: int) -> list[MobileViTSpec]:
    """Return small networks, half with each head, of any widths, strides and sizes."""
    rng = np.random.default_rng(seed)
    return [
        dataclasses.replace(
            random_family_spec(rng, int(rng.choice((64, 75, 96)))), task_head=random_head(rng, task)
        )
        for task, _ in itertools.product(TASKS, range(count // 2))
    ]


def assert_equal_costs(network: Network, num_classes: int | None = None) -> None:
    counted = count_costs(network, None, num_classes)
    observed = trace_costs(network, None, num_classes)
    assert (counted.params, counted.macs) == (observed.params, observed.macs), network
    assert observed.uncounted <= UNCOUNTED | UNCOUNTED_IN_RIVALS


def test_a_network_costs_what_its_module_does() -> None:
    for spec in networks(16, seed=0):
        assert_equal_costs(spec, num_classes=5)


@pytest.mark.slow
def test_a_hundred_more_networks_cost_what_their_modules_do() -> None:
    for spec in networks(120, seed=1):
        assert_equal_costs(spec, num_classes=5)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    "network",
    [published("mobilevit_xs", resolution=320), published("mobilevitv2_0.5"),
     published("mobilevitv3_xxs"), RivalSpec("mobilenet_v2", 225), RivalSpec("mobilenet_v3_large")],
    ids=str,
)  # fmt: skip
def test_published_networks_and_rivals_cost_what_their_modules_do(
    network: Network, task: str
) -> None:
    assert_equal_costs(network.for_task(task))


@pytest.mark.parametrize(
    ("name", "head", "params"),
    [
        ("mobilevit_s", SSDLiteHead(), 5_738_890),
        ("mobilevit_xs", SSDLiteHead(), 2_742_106),
        ("mobilevit_xxs", SSDLiteHead(), 1_755_114),
        ("mobilevit_s", DeepLabv3Head(), 6_357_941),
        ("mobilevit_xs", DeepLabv3Head(), 2_944_069),
        ("mobilevit_xxs", DeepLabv3Head(), 1_854_853),
    ],
)
def test_the_usual_classes_are_those_of_coco_and_pascal_voc(
    name: str, head: SSDLiteHead | DeepLabv3Head, params: int
) -> None:
    assert count_costs(dataclasses.replace(published(name), task_head=head)).params == params


def test_networks_of_all_tasks_are_counted_together_as_each_alone_is() -> None:
    specs = [*networks(8, seed=2), published("mobilevit_xxs")]
    together = count_costs_many(specs)
    alone = [count_costs(spec) for spec in specs]
    assert together.params.tolist() == [costs.params for costs in alone]
    assert together.macs.tolist() == [costs.macs for costs in alone]
    assert together.activation_bytes.tolist() == [costs.activation_bytes for costs in alone]


def test_a_smaller_output_stride_costs_work_and_no_parameters() -> None:
    heads = [DeepLabv3Head(output_stride=stride) for stride in (32, 16, 8)]
    specs = [dataclasses.replace(published("mobilevit_xxs"), task_head=head) for head in heads]
    costs = count_costs_many(specs)
    assert len(set(costs.params.tolist())) == 1
    assert costs.macs.tolist() == sorted(set(costs.macs.tolist()))
