"""Estimates of ImageNet top-1 for the rows of a study, by a calibration of its proxy."""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.calibration.calibration import ImagenetCalibration
from nasbench_mvit.search.results.row import Row

PERCENT = 100.0
TOP1 = "estimated_imagenet_top1"
LOW, HIGH, IN_DOMAIN = f"{TOP1}_low", f"{TOP1}_high", f"{TOP1}_in_domain"
COLUMNS = (TOP1, LOW, HIGH, IN_DOMAIN)


def with_estimates(rows: Sequence[Row], calibration: ImagenetCalibration) -> list[Row]:
    """Return the rows with the estimates of the MobileViTs that have a top-1; rivals have none."""
    known = {
        place: row.network
        for place, row in enumerate(rows)
        if math.isfinite(row.top1) and isinstance(row.network, MobileViTSpec)
    }
    scored = [rows[place] for place in known]
    found = calibration.estimate(
        list(known.values()),
        np.array([row.top1 for row in scored], dtype=float),
        seeds_S=np.array([len(row.seeds) for row in scored], dtype=int),
        error_S=np.array([row.top1_error for row in scored], dtype=float),
    )
    changed = list(rows)
    values = (found.top1 / PERCENT, found.low / PERCENT, found.high / PERCENT, found.in_domain)
    for place, of_row in zip(known, zip(*(v.tolist() for v in values), strict=True), strict=True):
        fields = dict(zip(COLUMNS, of_row, strict=True))
        changed[place] = dataclasses.replace(rows[place], **fields)
    return changed
