"""Wrong predictor files."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bad_input import Case, Refuses, both, study_file, text_file

Change = Callable[[dict[str, Any]], object]
SHIPPED = Path(__file__).parents[2] / "golden/predictor_v1.json"  # of one calibrated model


def raw(needles: tuple[str, ...], content: str | bytes) -> Case:
    place = both(study_file(predictor="./phone.json", limits={}), text_file("phone.json", content))
    return Case("--study ./own.yaml", needles, place)


def changed(needles: tuple[str, ...], change: Change) -> Case:
    document = json.loads(SHIPPED.read_bytes())
    change(document)
    return raw(needles, json.dumps(document))


def coefficients(value: float) -> Change:
    def change(document: dict[str, Any]) -> None:
        for candidate in document["fit"]["candidates"].values():
            candidate["coefficients"] = dict.fromkeys(candidate["coefficients"], value)

    return change


def folder_of_that_name(folder: Path) -> None:
    study_file(predictor="./phone.json")(folder)
    (folder / "phone.json").mkdir()


def missing_field(document: dict[str, Any]) -> None:
    del document["fit"]["candidates"]


def unknown_feature(document: dict[str, Any]) -> None:
    fit = document["fit"]
    fit["candidates"][fit["chosen"]]["coefficients"] = {"map_wrok": 1.0}


CASES: dict[str, Case] = {
    "cut short": raw(("not valid JSON", "iphone12_coreml"), SHIPPED.read_bytes()[:500]),
    "nothing": raw(("not valid JSON",), ""),
    "a list": raw(("must hold an object", "list"), "[]"),
    "not text": raw(("cannot be read",), b"\xff\xff"),
    "a key twice": raw(("'name' is repeated",), '{"name": "a", "name": "b"}'),
    "nested without end": raw(("not valid JSON",), "[" * 100_000),
    "a field missing": changed(("candidates' is missing",), missing_field),
    "an earlier schema": changed(("schema_version",), lambda d: d.update(schema_version=1)),
    "a later schema": changed(("schema_version",), lambda d: d.update(schema_version=3)),
    "an unknown feature": changed(("map_wrok", "Did you mean 'map_work'?"), unknown_feature),
    "a coefficient below nothing": changed(("-1.0",), coefficients(-1.0)),
    "a coefficient that is no number": changed(("coefficients",), coefficients(float("nan"))),
    "milliseconds without end": changed(("not finite",), coefficients(1e308)),
    "a chosen model that is not there": changed(
        ("magic",), lambda d: d["fit"].update(chosen="magic")
    ),
    "a folder": Case("--study ./own.yaml", ("phone.json", "cannot be read"), folder_of_that_name),
}


@pytest.mark.parametrize("name", CASES)
def test_one_message_and_exit_code_2(name: str, refuses: Refuses) -> None:
    refuses(CASES[name])
