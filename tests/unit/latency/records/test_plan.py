import json
from pathlib import Path
from typing import Any

import pytest
from measuring import NETWORK, REFERENCE, networks

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.networks.file import read_networks
from nasbench_mvit.latency.records.plan import (
    PLAN_FILE,
    MeasurementPlan,
    PlannedNetwork,
    read_plan,
    write_plan,
)

THREE = networks(3)
PLANNED = [PlannedNetwork(spec=spec, origin="sample") for spec in THREE]


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert read_plan(tmp_path, 3) == MeasurementPlan.empty(3)
    plan = MeasurementPlan.empty(3).extended(PLANNED)
    write_plan(tmp_path, plan)
    assert read_plan(tmp_path, 3) == plan
    assert plan.reference == REFERENCE


def test_a_plan_only_grows_and_keeps_its_order() -> None:
    plan = MeasurementPlan.empty(0).extended(PLANNED[1:])
    again = plan.extended([PlannedNetwork(spec=spec, origin="file") for spec in THREE])
    assert again.specs == [THREE[1], THREE[2], THREE[0]]
    assert [network.origin for network in again.networks] == ["sample", "sample", "file"]


def test_another_seed_is_refused(tmp_path: Path) -> None:
    write_plan(tmp_path, MeasurementPlan.empty(0))
    with pytest.raises(MeasurementError, match="Give `seed=` 0"):
        read_plan(tmp_path, 1)


def twice(data: dict[str, Any]) -> None:
    data["networks"] *= 2


def deeper(data: dict[str, Any]) -> None:
    data["networks"][0]["spec"]["stages"] = []


def older(data: dict[str, Any]) -> None:
    data["schema_version"] = 0


@pytest.mark.parametrize(
    ("change", "message"),
    [(twice, "is repeated"), (deeper, "networks.0.spec"), (older, "schema_version")],
)
def test_a_damaged_plan_is_one_message(change: Any, message: str, tmp_path: Path) -> None:
    write_plan(tmp_path, MeasurementPlan.empty(0).extended(PLANNED))
    path = tmp_path / PLAN_FILE
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    with pytest.raises(MeasurementError, match=message) as caught:
        read_plan(tmp_path, 0)
    assert "makes it again" in str(caught.value)


@pytest.mark.parametrize("content", [b"{", b"\xff"])
def test_a_plan_that_is_no_text_of_json_is_one_message(content: bytes, tmp_path: Path) -> None:
    (tmp_path / PLAN_FILE).write_bytes(content)
    with pytest.raises(MeasurementError, match="makes it again"):
        read_plan(tmp_path, 0)


def wrapped(spec: Any) -> dict[str, Any]:
    return {"name": "one", "spec": spec.to_dict()}


FILES = {
    "list.json": [spec.to_dict() for spec in THREE],
    "wrapped.json": [wrapped(spec) for spec in THREE],
    "front.json": {
        "front": [wrapped(THREE[0]), wrapped(THREE[1])],
        "baselines": [wrapped(THREE[2])],
    },
    "repeated.json": [spec.to_dict() for spec in (*THREE, *THREE)],
}


@pytest.mark.parametrize("name", FILES)
def test_networks_of_a_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(json.dumps(FILES[name]))
    assert read_networks(path) == THREE


def test_networks_of_json_lines_and_a_single_one(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text("\n\n".join(json.dumps(spec.to_dict()) for spec in THREE))
    assert read_networks(path) == THREE
    path = tmp_path / "one.json"
    path.write_text(NETWORK.to_json())
    assert read_networks(path) == [NETWORK]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", "{", "not valid JSON"),
        ("a.json", "[]", "holds no networks"),
        ("a.json", "[1]", "network 1: a network must be a mapping"),
        ("a.json", '[{"stages": [], "colour": 1}]', "unknown field 'colour'"),
        ("a.json", '[{"spec": null}]', "network 1"),
        ("a.jsonl", "{}\n{", "line 2 is not valid JSON"),
        ("a.jsonl", "", "holds no networks"),
    ],
)
def test_a_wrong_file_of_networks_is_one_message(
    name: str, content: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(MeasurementError, match=message):
        read_networks(tmp_path / name)
