"""What messages are made of: nouns with their counts, and the name that was probably meant."""

import pytest

from nasbench_mvit.errors import counted, nearest


@pytest.mark.parametrize(
    ("count", "words", "said"),
    [
        (1, ("arm",), "1 arm"),
        (0, ("arm",), "0 arms"),
        (1, ("degree of freedom", "degrees of freedom"), "1 degree of freedom"),
        (1200, ("class", "classes"), "1,200 classes"),
    ],
)
def test_a_noun_is_in_the_number_of_its_count(
    count: int, words: tuple[str, ...], said: str
) -> None:
    assert counted(count, *words) == said


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ablation_patch", "ablation_patch_size"),  # not ablation_depth, which is as long
        ("lat", "latency_iphone"),  # too short to be alike
        ("smoek", "smoke"),
    ],
)
def test_a_name_that_begins_with_the_text_is_meant_before_one_that_is_alike(
    name: str, meant: str
) -> None:
    options = ["ablation_depth", "ablation_patch_size", "latency_iphone", "smoke"]
    assert nearest(name, options) == f" Did you mean '{meant}'?"


def test_nothing_is_meant_by_nothing() -> None:
    assert nearest("", ["smoke"]) == ""
