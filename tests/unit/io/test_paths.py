import shutil
from pathlib import Path

import pytest

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cli.shared.parser import directory, predictor_path, storage_url
from nasbench_mvit.errors import SpaceError, StudyError
from nasbench_mvit.io import catalogue
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.latency.predictor.files import PACKAGED
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.table.files import TABLES
from nasbench_mvit.workbench.shared.described_network import describe_network
from nasbench_mvit.workbench.shared.named_networks import named_networks


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_a_predictor_is_found_in_the_home(home: Path) -> None:
    shutil.copy(PACKAGED / "iphone12_coreml.json", home / "mine.json")
    assert load_predictor("~/mine.json").document == load_predictor("iphone12_coreml").document


def test_studies_and_spaces_are_found_in_the_home(home: Path) -> None:
    for kind, name, error in (
        ("studies", "smoke", StudyError),
        ("search_spaces", "mobilevit_debug", SpaceError),
    ):
        shutil.copy(catalogue.find(kind, name, error), home / "mine.yaml")  # type: ignore[arg-type]
        assert catalogue.find(kind, "~/mine.yaml", error) == home / "mine.yaml"  # type: ignore[arg-type]
    assert SearchSpace.load("~/mine.yaml").size == SearchSpace.load("mobilevit_debug").size


def test_tables_and_networks_are_found_in_the_home(home: Path) -> None:
    shutil.copytree(TABLES.packaged / "mobilevit_table", home / "mine")
    assert TABLES.find("~/mine") == home / "mine"
    network = describe_network("mobilevit_xs").spec
    (home / "spec.json").write_text(network.to_json())
    assert describe_network("~/spec.json").spec == network
    assert named_networks("~/spec.json") == {"spec": network}


def test_options_take_a_home(home: Path) -> None:
    assert directory("~/runs") == home / "runs"
    assert predictor_path("~/mine.json") == home / "mine.json"
    assert storage_url("sqlite:///~/study.db") == f"sqlite:///{home}/study.db"
    assert storage_url("sqlite:///runs/~/study.db") == "sqlite:///runs/~/study.db"


def test_an_unknown_home_stays_as_it_was_typed() -> None:
    assert expanded("~nobody-has-this-name/x") == Path("~nobody-has-this-name/x")
