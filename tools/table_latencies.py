"""Writes the latencies of the shipped benchmark table anew, by the predictors it names.

To be run after one of its predictors was made anew; trainings and networks stay as they are.
"""

from nasbench_mvit.benchmark.assemble import latencies_frame
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.table.benchmark import DEFAULT, Benchmark
from nasbench_mvit.table.files import COLUMNS, LATENCIES, TABLES


def main() -> None:
    """Write the latencies, and the description with their digest."""
    folder = TABLES.find(DEFAULT)
    about, frames = TABLES.read(folder, COLUMNS)
    predictors = [load_predictor(name) for name in about.predictors]
    frames[LATENCIES] = latencies_frame(list(Benchmark(about, frames).specs()), predictors)
    fields = about.model_dump() | {"predictors": {p.document.name: p.digest for p in predictors}}
    TABLES.write(folder, fields, frames)


if __name__ == "__main__":
    main()
