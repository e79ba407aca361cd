"""What an evaluation can be asked for; no torch."""

from nasbench_mvit.errors import DataError, WeightsError, unknown
from nasbench_mvit.models.weights.preprocessing import CHANNELS, OWN, PREPROCESSING, Channels
from nasbench_mvit.training.images.folders.split_folders import TEST

SOURCES = tuple(PREPROCESSING)
SPLITS = ("val", TEST)
INCLUDE = (
    "Images that were trained on are scored with `include_trained=`, of a folder with train/ and "
    "val/ by `data=` imagefolder:FOLDER/train."
)

__all__ = ["OWN", "SOURCES", "SPLITS", "Channels", "check_choices"]


def check_choices(*, source: str | None, split: str, channels: str | None) -> None:
    """Refuse a source of weights, a split or an order of channels that there is not.

    Raises:
        WeightsError: the source or the order is unknown.
        DataError: the split is unknown.
    """
    if source not in (None, *SOURCES):
        raise WeightsError(unknown("source of weights", source, SOURCES))
    if channels not in (None, *CHANNELS):
        raise WeightsError(unknown("order of channels", channels, CHANNELS))
    if split not in SPLITS:
        raise DataError(f"{unknown('split', split, SPLITS)} {INCLUDE}")
