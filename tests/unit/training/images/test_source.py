"""The names of image sources."""

import pytest

from nasbench_mvit.errors import DataError
from nasbench_mvit.training.images.sources import open_images, open_test


@pytest.mark.parametrize(
    "source",
    [
        "",
        "embeded",
        "embedded:",
        "embedded:x",
        "emoji:",
        "emoji:x",
        "imagefolder",
        "imagefolder:",
        "fashion_mnist",
        "fashion_mnist:",
        "huggingface",
        "huggingface:",
        "folder:photos",
    ],
)
def test_unknown_source_lists_those_there_are(source: str) -> None:
    for opened in (open_images, open_test):
        with pytest.raises(
            DataError, match=r"Available: embedded, emoji, fashion_mnist:PATH, hugg.*PATH\."
        ):
            opened(source, cell_size=32)


def test_likely_misspelling_is_named() -> None:
    with pytest.raises(DataError, match="Did you mean 'embedded'"):
        open_images("embeded", cell_size=32)


def test_the_home_of_a_stranger_is_named() -> None:
    with pytest.raises(DataError, match=r"~no-such-user-here.*full path"):
        open_images("imagefolder:~no-such-user-here/photos", cell_size=32)
