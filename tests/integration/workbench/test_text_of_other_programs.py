"""Files that a Windows program saved are read as if it had not: marks and line ends."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import nasbench_mvit
from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.space_file import SpaceFile
from nasbench_mvit.errors import SpaceError, WeightsError
from nasbench_mvit.io import catalogue
from nasbench_mvit.latency.networks.file import read_networks
from nasbench_mvit.latency.predictor.files import read_document
from nasbench_mvit.latency.records.plan import MeasurementPlan, read_plan, write_plan
from nasbench_mvit.latency.records.record_file import read_records
from nasbench_mvit.search.study.config import load_study
from nasbench_mvit.table.benchmark import Benchmark
from nasbench_mvit.workbench.shared.described_network import describe_network
from nasbench_mvit.workbench.shared.labels import read_labels

MARK = b"\xef\xbb\xbf"
PACKAGE = Path(nasbench_mvit.__file__).parent
REPOSITORY = PACKAGE.parent
LATENCY = PACKAGE / "latency" / "data"
YAML = ("space.yaml", "study.yaml")
XXS = published("mobilevit_xxs")


def written(text: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(text, encoding="utf-8")


def copied(source: Path) -> Callable[[Path], object]:
    return lambda path: shutil.copy(source, path)


def table(path: Path) -> None:
    shutil.copytree(PACKAGE / "table" / "data" / "mobilevit_table", path.parent, dirs_exist_ok=True)


CASES: dict[str, tuple[Callable[[Path], object], Callable[[Path], object]]] = {
    "labels.txt": (written("cat\ndog\n"), lambda path: read_labels(path, WeightsError)),
    "study.yaml": (
        copied(REPOSITORY / "studies" / "smoke.yaml"), lambda path: load_study(str(path))
    ),
    "space.yaml": (
        copied(REPOSITORY / "search_spaces" / "mobilevit.yaml"),
        lambda path: catalogue.read(path, SpaceFile, SpaceError),
    ),
    "predictor.json": (copied(LATENCY / "predictors" / "epyc_wasm.json"), read_document),
    "records.jsonl": (copied(LATENCY / "records" / "epyc_wasm.jsonl"), read_records),
    "networks.json": (written(XXS.to_json()), read_networks),
    "networks.jsonl": (written(XXS.to_json() + "\n"), read_networks),
    "spec.json": (written(XXS.to_json()), lambda path: describe_network(str(path)).spec),
    "plan.json": (
        lambda path: write_plan(path.parent, MeasurementPlan.empty(1)),
        lambda path: read_plan(path.parent, 1),
    ),
    "table.json": (table, lambda path: Benchmark.load(str(path.parent)).about),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(CASES.keys() - set(YAML)))
def test_a_mark_and_windows_line_ends_change_nothing(tmp_path: Path, name: str) -> None:
    write, read = CASES[name]
    path = tmp_path / name
    write(path)
    expected = read(path)
    path.write_bytes(MARK + path.read_bytes().replace(b"\n", b"\r\n"))
    assert read(path) == expected


@pytest.mark.parametrize("name", ["labels.txt", "networks.json", *YAML])
def test_utf_16_changes_nothing(tmp_path: Path, name: str) -> None:
    write, read = CASES[name]
    path = tmp_path / name
    write(path)
    expected = read(path)
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))
    assert read(path) == expected
