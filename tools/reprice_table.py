"""Prices the networks of the shipped table anew, after one of its predictors has changed."""

import sys

from generate import TABLE

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.benchmark.assemble import latencies_frame
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.table.files import COLUMNS, LATENCIES, NETWORKS, TABLES


def main() -> int:
    """Write the table; return the exit code."""
    about, frames = TABLES.read(TABLE, COLUMNS)
    specs = [MobileViTSpec.from_json(text) for text in frames[NETWORKS].spec]
    predictors = [load_predictor(name) for name in about.predictors]
    frames[LATENCIES] = latencies_frame(specs, predictors)
    fields = about.model_dump(exclude={"schema_version", "sha256"})
    fields["predictors"] = {each.document.name: each.digest for each in predictors}
    TABLES.write(TABLE, fields, frames)
    return 0


if __name__ == "__main__":
    sys.exit(main())
