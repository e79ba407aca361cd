"""Which differences the number of validation images lets one tell apart."""

import math

import pytest

from nasbench_mvit.training.images.validation_images import ValidationImages


@pytest.mark.parametrize("count", [1, 60, 624])
def test_few_images_are_told_with_their_error(count: int) -> None:
    validation = ValidationImages(count)
    assert validation.standard_error == math.sqrt(0.5 * (1 - 0.5) / count)
    (note,) = validation.notes
    assert f"with {count}," in note
    assert f"±{100 * math.sqrt(0.25 / count):.1f} points" in note


@pytest.mark.parametrize("count", [625, 10_000])
def test_many_images_need_no_word(count: int) -> None:
    assert ValidationImages(count).notes == ()
