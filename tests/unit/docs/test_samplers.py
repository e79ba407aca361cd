"""The examples of docs/samplers.md run, and its commands parse."""

import re
from pathlib import Path

import pytest
import yaml

from nasbench_mvit.benchmark.compare.archive import SearchArchive
from nasbench_mvit.benchmark.compare.by_name import PROBLEMS, SAMPLER_MAKERS
from nasbench_mvit.cli.table.command import main
from nasbench_mvit.search.study.config import SAMPLERS

DOCS = Path(__file__).parents[3] / "docs"
TEXT = (DOCS / "samplers.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
def test_an_example_runs(code: str) -> None:
    exec(compile(code, "docs/samplers.md", "exec"), {})  # noqa: S102 - the page is ours


def test_the_line_of_a_study_file_names_a_sampler() -> None:
    (code,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert yaml.safe_load(code)["sampler"] in SAMPLERS


def test_the_command_compares_what_the_page_shows() -> None:
    prefix = "python -m nasbench_mvit table "
    command, *others = [line for line in TEXT.splitlines() if line.startswith(prefix)]
    options = main.parse(command.removeprefix(prefix).split())
    for other in others:
        main.parse(other.removeprefix(prefix).split())
    rows = SearchArchive(DOCS / "samplers/searches.parquet").rows
    assert set(options.samplers) == set(rows["sampler"]) <= set(SAMPLER_MAKERS)
    assert set(options.benchmarks) <= set(rows["benchmark"]) <= set(PROBLEMS)
