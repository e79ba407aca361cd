"""The images of a proxy are read once, and a lack of memory is said to be theirs."""

from pathlib import Path

import pytest

from nasbench_mvit.errors import DataError
from nasbench_mvit.search.evaluators import proxy
from nasbench_mvit.search.evaluators.proxy import ProxyEvaluator
from nasbench_mvit.training.proxy.recipe import ProxyConfig


def no_room(*_args: object, **_options: object) -> None:
    raise MemoryError("Unable to allocate 9 GiB")


@pytest.mark.parametrize("which", ["images", "test_images"])
def test_images_that_do_not_fit_into_memory_are_a_matter_of_the_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    monkeypatch.setattr(proxy, "open_images", no_room)
    monkeypatch.setattr(proxy, "open_test", no_room)
    folder = f"imagefolder:{tmp_path}"  # read in no other test of this process
    evaluator = ProxyEvaluator(
        proxy=ProxyConfig(), data=folder, data_seed=0, cache_dir=tmp_path, checkpoint_dir=tmp_path
    )
    with pytest.raises(DataError, match=r"do not fit into memory.*proxy.input_size.*fewer images"):
        getattr(evaluator, which)()
