"""The domain of a predictor: the ranges and settings of the rows that it was fitted to."""

import hashlib
import json
from collections.abc import Sequence

import numpy as np

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.cost.spec_arrays import SpecArrays
from nasbench_mvit.latency.features.sums import ABSENT, Floats, compact, feature_columns, settings
from nasbench_mvit.latency.fitting.fit import rounded
from nasbench_mvit.latency.predictor.document import Range

TOLERANCE = 0.1


def ranges_of(specs: SpecArrays, names: Sequence[str]) -> dict[str, Range]:
    """Return the smallest and largest value of the features ``names`` among ``specs``."""
    return {
        name: Range(low=rounded(column.min()), high=rounded(column.max()))
        for name, column in feature_columns(specs, names).items()
    }


def settings_of(specs: SpecArrays) -> dict[str, list[int]]:
    """Return the values of the settings among ``specs``, which the features do not include."""
    found = {
        name: [int(value) for value in np.unique(values) if value != ABSENT]
        for name, values in settings(specs).items()
    }
    return compact(found)


def digest(specs: Sequence[Network], ms: Floats) -> str:
    """Return the SHA-256 of the rows' network ids and milliseconds, in order."""
    records = [[spec.id, float(value)] for spec, value in zip(specs, ms, strict=True)]
    return hashlib.sha256(json.dumps(records).encode()).hexdigest()
