"""What the proxy evaluator leaves on the disk."""

from pathlib import Path

import pytest

from nasbench_mvit.architecture.published import published
from nasbench_mvit.search.evaluators.proxy import EndedAtRungError, ProxyEvaluator
from nasbench_mvit.training.proxy import loop
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import FractionReport


def test_a_training_that_is_ended_leaves_no_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def train(*_: object, checkpoint_path: Path, **__: object) -> None:
        checkpoint_path.write_text("weights")
        raise EndedAtRungError

    monkeypatch.setattr(loop, "train_proxy", train)
    monkeypatch.setattr(ProxyEvaluator, "images", lambda _: None)
    evaluator = ProxyEvaluator(
        proxy=ProxyConfig(),
        data="embedded",
        data_seed=0,
        cache_dir=tmp_path,
        checkpoint_dir=tmp_path,
    )

    def report(point: FractionReport) -> None:
        del point

    with pytest.raises(EndedAtRungError):
        evaluator(published("mobilevit_xxs"), 0, report)
    assert not list(tmp_path.iterdir())
