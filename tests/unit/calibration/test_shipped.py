"""The calibration that ships is that of the trainings beside ``docs/proxy.md``."""

from pathlib import Path

import pytest
from pages.truth import NUM_FITTED, last_scores

from nasbench_mvit.calibration.files import packaged_calibration
from nasbench_mvit.calibration.fit import calibrate
from nasbench_mvit.search.study.on_images import EMBEDDED_DATA
from nasbench_mvit.training.proxy.recipe import ProxyConfig

TRAININGS = Path(__file__).parents[3] / "docs/proxy/imagenet/trainings.parquet"


def test_the_calibration_of_the_default_follows_from_its_trainings() -> None:
    proxy = ProxyConfig()
    shipped = packaged_calibration(proxy.id, EMBEDDED_DATA)
    assert shipped is not None
    scores = last_scores(TRAININGS)
    scores = scores[(scores.proxy_id == proxy.id) & (scores.seed < NUM_FITTED)]
    again = calibrate(
        {str(name): group.top1.tolist() for name, group in scores.groupby("network")},
        name=shipped.name,
        proxy=proxy,
        data=EMBEDDED_DATA,
        images=scores.images.iloc[0],
    )
    assert (again.terms, again.images) == (shipped.terms, shipped.images)
    assert again.weights == pytest.approx(shipped.weights)
    assert again.margin == pytest.approx(shipped.margin)
    assert again.margin_outside == pytest.approx(shipped.margin_outside)
