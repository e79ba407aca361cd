"""Tells networks that were drawn by themselves from those that are variants of another.

Where a variant is left out of a fit, its neighbours stay in it, so that it is predicted better
than a network that a search comes up with.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nasbench_mvit.architecture.fields import flatten
from nasbench_mvit.architecture.spec import MobileViTSpec


def independent(specs: Sequence[MobileViTSpec]) -> NDArray[np.bool_]:
    """Return whether each of S networks differs from all others in more than one field, (S,)."""
    flat = [flatten(spec) for spec in specs]
    names = dict.fromkeys(name for fields in flat for name in fields)
    codes = np.empty((len(specs), len(names)), dtype=np.int64)
    for column, name in enumerate(names):
        known: dict[object, int] = {}
        codes[:, column] = [known.setdefault(fields.get(name), len(known)) for fields in flat]
    return np.array([((codes != row).sum(axis=1) != 1).all() for row in codes], dtype=bool)
