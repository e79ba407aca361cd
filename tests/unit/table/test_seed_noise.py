"""The noise that the shipped table knows of its recipe."""

import pytest

from nasbench_mvit import Benchmark
from nasbench_mvit.analysis.statistics import pooled_sd
from nasbench_mvit.search.study.on_images import EMBEDDED_DATA
from nasbench_mvit.table.seed_noise import shipped_noise
from nasbench_mvit.training.proxy.recipe import ProxyConfig


def test_it_is_that_of_the_networks_with_several_seeds() -> None:
    found = shipped_noise(ProxyConfig().id, EMBEDDED_DATA)
    final = Benchmark.load().frame("top1")[1.0]
    scores = [of_one.tolist() for _, of_one in final.groupby(level="spec_id") if len(of_one) > 1]
    assert found is not None
    assert found.sd == pytest.approx(pooled_sd(scores))
    assert found.freedom == sum(map(len, scores)) - len(scores)
    assert found.source.startswith(f"{len(scores)} networks of the table mobilevit_table")


@pytest.mark.parametrize(
    ("proxy", "data"),
    [(ProxyConfig(steps=160), EMBEDDED_DATA), (ProxyConfig(), "imagefolder:photos")],
)
def test_it_says_nothing_of_another_recipe_or_other_images(proxy: ProxyConfig, data: str) -> None:
    assert shipped_noise(proxy.id, data) is None
