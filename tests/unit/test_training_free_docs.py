"""The commands of docs/training_free.md parse, and its scores are those of the shipped table."""

from pathlib import Path

from nasbench_mvit.benchmark.scores.archive import read
from nasbench_mvit.cli.table import parse
from nasbench_mvit.table.benchmark import Benchmark

DOCS = Path(__file__).parents[2] / "docs"
PREFIX = "python -m nasbench_mvit.table "


def test_the_command_continues_the_scores_that_ship() -> None:
    lines = (DOCS / "training_free.md").read_text(encoding="utf-8").splitlines()
    (command,) = [line for line in lines if line.startswith(PREFIX)]
    options = parse(command.removeprefix(PREFIX).split())
    rows = read(DOCS.parent / options.run_dir / "scores.parquet")
    benchmark = Benchmark.load(options.table)
    assert sorted(rows["spec_id"]) == sorted(benchmark.networks.index)
    assert set(rows["images"]) == {benchmark.about.images}
    assert set(rows["proxy_id"]) == {benchmark.about.proxy_id}
    assert set(rows["seed"]) == {options.seed}
