"""Read the benchmark table with pandas alone; nothing of nasbench_mvit is imported.

Give the folder that holds ``table.json``, or run it from the root of a clone.
"""

import sys
from pathlib import Path

import pandas as pd

here = Path("nasbench_mvit/table/data/mobilevit_table")
folder = Path(sys.argv[1]) if len(sys.argv) > 1 else here
networks, trainings, latencies = (
    pd.read_parquet(folder / f"{name}.parquet") for name in ("networks", "trainings", "latencies")
)
ended = trainings[trainings.fraction == 1].groupby("spec_id").top1.agg(["mean", "std", "count"])
phone = latencies[(latencies.target == "iphone12_coreml") & (latencies.kind == "estimated")]
table = networks.set_index("spec_id").join(ended).join(phone.set_index("spec_id")[["ms", "high"]])

if __name__ == "__main__":
    print(table[["params", "macs", "mean", "count", "ms", "high"]].sort_values("mean").tail())
