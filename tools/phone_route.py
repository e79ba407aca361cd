"""Checks how ``phone_predictors`` are made on a machine that also measured many MobileViTs.

``docs/latency/route_check.csv`` holds the milliseconds of networks of other families, of S, XS and
XXS, and of MobileViTs of several groups, on one core of a server through ONNX Runtime: the least of
a dozen runs or more, in rounds that visit all networks in random order. The networks chosen by a
search were timed later, and their times scaled by the median ratio of the networks timed twice.
``python tools/phone_route.py FOLDER`` (the folder of ``phones.data``, for the sums of the other
families) fits S, XS, XXS and the other families as if they were a phone's, and prints how far the
groups are missed and how many of them are inside the interval.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from phone_predictors import margins_of
from phones.data import GROUPED, SPECS, PhoneData, PhoneRows
from phones.fits import TERMS, prices

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.spec_arrays import SpecArrays
from nasbench_mvit.io.markdown import frame_table
from nasbench_mvit.latency.features.sums import feature_columns

TIMES = Path(__file__).parents[1] / "docs/latency/route_check.csv"
OTHERS, KNOWN = "other families", "S, XS and XXS"


def as_a_phone(data: PhoneData, times: pd.DataFrame) -> PhoneRows:
    """Return the other families and S, XS and XXS as the rows of a phone."""
    others, known = (times[times.group == group] for group in (OTHERS, KNOWN))
    own = dict(zip(known.network, known.ms, strict=True))
    names = {name: published(spec).to_json() for name, spec in SPECS.items()}
    ms = {name: own[json] for name, json in names.items() if json in own}
    return data.as_rows(dict(zip(others.network, others.ms, strict=True)) | ms)


def scores(rows: PhoneRows, times: pd.DataFrame) -> pd.DataFrame:
    """Return the errors of a fit to ``rows`` on each group of MobileViTs, as text."""
    found = dict(zip(TERMS, prices(rows.columns, rows.ms, rows.is_mobilevit), strict=True))
    terms = [name for name in TERMS if name not in GROUPED]
    inside, outside = margins_of(rows)
    lines = []
    for group, members in times[~times.group.isin([OTHERS, KNOWN])].groupby("group", sort=False):
        specs = SpecArrays.of([MobileViTSpec.from_json(text) for text in members.network])
        columns = feature_columns(specs, terms)
        predicted = np.sum([found[name] * columns[name] for name in terms], axis=0)
        errors = np.abs(np.log(members.ms.to_numpy() / predicted))
        lines.append(
            {
                "networks": str(group),
                "number": str(len(members)),
                "mean error": f"{np.abs(predicted / members.ms - 1).mean():.1%}",
                "largest": f"{np.expm1(errors.max()):.0%}",
                f"within × or ÷ {np.exp(inside):.2f}": f"{(errors <= inside).mean():.0%}",
                f"within × or ÷ {np.exp(outside):.2f}": f"{(errors <= outside).mean():.0%}",
            }
        )
    return pd.DataFrame(lines)


def main() -> int:
    """Print the scores; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="of the published files")
    times = pd.read_csv(TIMES)
    rows = as_a_phone(PhoneData(parser.parse_args().folder), times)
    sys.stdout.write(frame_table(scores(rows, times)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
