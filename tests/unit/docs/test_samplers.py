"""The command of docs/samplers.md compares what the page shows."""

from pathlib import Path

from nasbench_mvit.benchmark.compare.archive import SearchArchive
from nasbench_mvit.benchmark.compare.by_name import PROBLEMS, SAMPLER_MAKERS
from nasbench_mvit.cli.table.command import main

DOCS = Path(__file__).parents[3] / "docs"
TEXT = (DOCS / "samplers.md").read_text(encoding="utf-8")


def test_the_command_compares_what_the_page_shows() -> None:
    prefix = "python -m nasbench_mvit table "
    commands = [line for line in TEXT.splitlines() if line.startswith(prefix)]
    with_prior, every, *_ = (main.parse(line.removeprefix(prefix).split()) for line in commands)
    rows = SearchArchive(DOCS / "samplers/searches.parquet").rows
    assert {*every.samplers, *with_prior.samplers} == set(rows["sampler"]) <= set(SAMPLER_MAKERS)
    assert set(every.benchmarks) <= set(rows["benchmark"]) <= set(PROBLEMS)
