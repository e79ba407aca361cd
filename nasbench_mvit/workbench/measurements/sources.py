"""Where the networks of a measurement come from, as data."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from nasbench_mvit.architecture.spec import MobileViTSpec


@dataclass(frozen=True, kw_only=True)
class SpaceSample:
    """Networks of a search space, evenly spread over predicted latency.

    Attributes:
        size: how many are spread.
        space: name or path of the space.
        is_alone: False adds the published networks, the fastest and slowest of the space, and all
            that change one axis of its base.
        resolutions: resolutions to draw from, in pixels; None for the default ones.
        spread_by: name or path of the predictor that spreads them.
        seed: seed of the draw.
    """

    size: int
    space: str = "mobilevit"
    is_alone: bool = False
    resolutions: tuple[int, ...] | None = None
    spread_by: str = "iphone12_coreml"
    seed: int = 0


@dataclass(frozen=True)
class StudyFront:
    """The front and the baselines of a study, by its name or its run directory."""

    study: str


NetworkSource = Union["MobileViTSpec", SpaceSample, StudyFront, str, Path]
NetworkSources = NetworkSource | Iterable[NetworkSource]
