"""Surrogate: estimates of a network's training, without torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.surrogate.domain import Domain
from nasbench_mvit.surrogate.features import COSTS, Floats, features
from nasbench_mvit.surrogate.files import (
    COLUMNS,
    SURROGATES,
    TRAININGS,
    Group,
    SurrogateDescription,
)
from nasbench_mvit.surrogate.model import BoostedTrees, PowerLaw
from nasbench_mvit.surrogate.trainings import TrainedNetworks

DEFAULT = "mobilevit_family"
LOG_MACS = COSTS.index("log MACs") - len(COSTS)


@dataclass(frozen=True, slots=True)
class Estimates:
    """The estimates for S networks; (S,) each.

    Attributes:
        top1: expected top-1 of a training, as a fraction.
        low, high: the interval that covers one training of 90 % of networks like the held-out ones.
        error: root mean square error of such networks, as a fraction.
        extrapolating: whether the network is outside the domain, where interval and error are not
            valid.
        seconds: expected processor seconds of a training.
        kind: kind of ``top1``.
    """

    top1: Floats
    low: Floats
    high: Floats
    error: Floats
    extrapolating: NDArray[np.bool_]
    seconds: Floats
    kind: Literal["estimated"] = "estimated"


class Surrogate:
    """Estimates top-1 by models that are fitted to its trainings when it is loaded.

    Attributes:
        about: its description.
        trained: the networks of its training data.
        domain: the domain of its training data.

    >>> from nasbench_mvit.architecture.published import published
    >>> found = Surrogate.load().predict([published("mobilevit_xs")])
    >>> bool(found.low[0] < found.top1[0] < found.high[0])
    True
    """

    def __init__(self, about: SurrogateDescription, trainings: pd.DataFrame) -> None:
        """Use a description and trainings; ``load`` reads them."""
        self.about = about
        self.trained = TrainedNetworks.of(trainings)
        self.domain = Domain.of(self.trained.specs)
        #: The group of each network it was fitted to, by id.
        self.group_of = {
            spec.id: str(group)
            for spec, group in zip(self.trained.specs, self.trained.groups, strict=True)
        }

    @classmethod
    def load(cls, name_or_path: str | Path = DEFAULT) -> Self:
        """Load a surrogate by name (in ``surrogates/`` or shipped) or by the path of its folder.

        Raises:
            SurrogateError: there is none, or it is damaged.
        """
        about, frames = SURROGATES.read(SURROGATES.find(name_or_path), {TRAININGS: COLUMNS})
        return cls(about, frames[TRAININGS])

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits, equal for surrogates fitted to equal data."""
        return self.about.digest

    def predict(self, specs: Sequence[MobileViTSpec]) -> Estimates:
        """Estimate the trainings of networks.

        Networks of the training data are estimated too, so that all are comparable.

        Raises:
            SurrogateError: scikit-learn is not installed.
        """
        features_SF = features(specs)
        top1, clock = self._models
        expected = top1.predict(features_SF) if specs else np.empty(0)
        groups = [self._group(spec) for spec in specs]
        margins = np.array([group.margin for group in groups])
        return Estimates(
            top1=expected,
            low=np.maximum(0, expected - margins),
            high=np.minimum(1, expected + margins),
            error=np.array([group.error for group in groups]),
            extrapolating=np.array([spec not in self.domain for spec in specs], dtype=bool),
            seconds=clock.seconds(features_SF[:, LOG_MACS]),
        )

    def _group(self, spec: MobileViTSpec) -> Group:
        """Return the group whose held-out errors apply to a network."""
        return self.about.groups[self.group_of.get(spec.id, self.about.space)]

    @cached_property
    def _models(self) -> tuple[BoostedTrees, PowerLaw]:
        features_NF = features(self.trained.specs)
        return (
            BoostedTrees.fit(features_NF, self.trained.mean_top1),
            PowerLaw(features_NF[:, LOG_MACS], self.trained.seconds),
        )
