"""The embedded images, of which few are validated and tested, which is most of the work."""

from dataclasses import replace
from pathlib import Path

import pytest

from nasbench_mvit.search.evaluators import proxy
from nasbench_mvit.training.images.arrays import Split
from nasbench_mvit.training.images.sources import open_images, open_test

NUM_IMAGES = 64


def use_few_images(patch: pytest.MonkeyPatch, *, cell_size: int) -> None:
    """Let evaluators of trainings and of supernets see these."""
    images = open_images("embedded", cell_size=cell_size, cache_dir=Path(), seed=0)
    few = replace(images, val=_first(images.val))
    test = _first(open_test("embedded", cell_size=cell_size, cache_dir=Path()))
    patch.setattr(proxy, "_images", lambda *_: few)
    patch.setattr(proxy, "_test_images", lambda *_: test)


def _first(split: Split) -> Split:
    return Split(images=split.images[:NUM_IMAGES], labels=split.labels[:NUM_IMAGES])
