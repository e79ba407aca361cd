"""What a measurement may meet: wrong options, plans, records, networks and studies."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from bad_input import Case, Prepare, Refuses, both, text_file
from measuring import NETWORK, REFERENCE, measurement

from nasbench_mvit.cli.measure import command as measure
from nasbench_mvit.latency.records.plan import MeasurementPlan, PlannedNetwork, write_plan
from nasbench_mvit.latency.records.record_file import to_line

RUN = Path("runs/measure-onnxruntime")
LINES = to_line(measurement(REFERENCE)) + to_line(measurement(NETWORK))


def case(options: str, needles: tuple[str, ...], prepare: Prepare = Path.exists) -> Case:
    return Case(f"--target onnxruntime {options}", needles, prepare, measure.main)


def on_one(options: str, needles: tuple[str, ...], prepare: Prepare = Path.exists) -> Case:
    """A case with a good file of one network."""
    file = text_file("one.json", NETWORK.to_json())
    return case(f"--specs one.json {options}", needles, both(file, prepare))


def records(content: str | bytes, *needles: str) -> Case:
    """A case with records of an earlier run."""
    return on_one("", needles, text_file(str(RUN / "records.jsonl"), content))


def changed(old: str, new: str) -> str:
    assert old in LINES
    return LINES.replace(old, new, 1)


def plan(**changes: Any) -> Prepare:
    def write(folder: Path) -> None:
        (folder / RUN).mkdir(parents=True)
        one = PlannedNetwork(spec=NETWORK, origin="file")
        write_plan(folder / RUN, MeasurementPlan.empty(0).extended([one]))
        path = folder / RUN / "plan.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return write


def space(**axes: list[Any]) -> Prepare:
    data = {"schema_version": 1, "description": "a test", "base": "mobilevit_xxs", "axes": axes}
    return text_file("own.yaml", yaml.safe_dump(data))


CASES = {
    # options
    "no target": Case("--sample 3", ("--target",), main=measure.main),
    "unknown target": Case(
        "--target onnxrutime --sample 3",
        ("unknown target 'onnxrutime'", "Did you mean 'onnxruntime'", "--target list"),
        main=measure.main,
    ),
    "unknown option": case("--sampel 3", ("Did you mean '--sample'",)),
    "no networks": case("", ("no networks are named", "--sample", "--front")),
    "sample of nothing": case("--sample 0", ("1 or more",)),
    "sample too large": case("--sample 1000000", ("at most 2500", "1000000")),
    "no passes": case("--sample 3 --passes 0", ("1 or more",)),
    "threads": case("--sample 3 --threads many", ("1 or more", "many")),
    "seconds": case("--sample 3 --seconds nan", ("number of seconds above 0", "nan")),
    "endless": case("--sample 3 --max-minutes inf", ("number of minutes above 0",)),
    "resolutions": case("--sample 3 --resolutions 256,big", ("1 or more", "big")),
    "tiny resolution": case("--sample 3 --resolutions 8", ("from 32 to 2048", "got 8")),
    "device": Case(
        ("--target", "onnxruntime", "--sample", "3", "--device", " "),
        ("must not be empty",),
        main=measure.main,
    ),
    "device with control characters": Case(
        ("--target", "onnxruntime", "--specs", "one.json", "--device", "a\x07b"),
        ("device",),
        text_file("one.json", NETWORK.to_json()),
        measure.main,
    ),
    "unknown space": case("--sample 3 --space mobilvit", ("Did you mean 'mobilevit'",)),
    "empty space": case(
        "--sample 3 --space ./own.yaml", ("stage3.depth",), space(**{"stage3.depth": []})
    ),
    "space with its own resolution": case(
        "--sample 3 --space ./own.yaml --resolutions 160",
        ("varies the resolution itself", "Leave out --resolutions"),
        space(resolution=[192, 256]),
    ),
    "unknown predictor": case("--sample 3 --spread-by iphone13", ("iphone12_coreml",)),
    # files of networks
    "no such file": case("--specs absent.json", ("absent.json", "cannot be read", "front.json")),
    "no JSON": case("--specs a.json", ("not valid JSON",), text_file("a.json", "{")),
    "empty list": case("--specs a.json", ("holds no networks",), text_file("a.json", "[]")),
    "no network": case("--specs a.json", ("network 1", "mapping"), text_file("a.json", "[7]")),
    "invalid network": case(
        "--specs a.json",
        ("network 1", "stem_channels must be from 1"),
        text_file("a.json", NETWORK.to_json().replace('"stem_channels": 16', '"stem_channels": 0')),
    ),
    "binary": case("--specs a.json", ("cannot be read",), text_file("a.json", b"\xff\xfe\x00")),
    # studies
    "unknown study": case(
        "--front nowhere", ("no run of study 'nowhere' in runs/nowhere", "There are no runs here")
    ),
    "no store": case(
        "--front here", ("not a SQLite file",), text_file("runs/here/study.db", b"no store")
    ),
    # plans
    "another seed": on_one("--seed 3", ("seed 0, not 3", "--seed 0"), plan()),
    "plan of another schema": on_one("", ("plan.json", "schema_version"), plan(schema_version=9)),
    "plan with an unknown field": on_one("", ("unknown key 'colour'",), plan(colour="red")),
    "damaged plan": on_one("", ("plan.json", "Remove it"), text_file(str(RUN / "plan.json"), "{")),
    "plan in the way": on_one(
        "", ("plan.json", "cannot be read"), text_file(str(RUN / "plan.json/file"), "")
    ),
    # records
    "another device": records(LINES, "device Test CPU before", "a run directory of its own"),
    "two devices": records(
        LINES + to_line(measurement(NETWORK, position=2)).replace("Test CPU", "A phone"),
        "line 3", "device Test CPU before, A phone now",
    ),
    "NaN": records(changed("14.0", "NaN"), "line 1", "must be a finite number"),
    "negative": records(changed("10.0,", "-10.0,"), "line 1", "greater than 0"),
    "absurd": records(changed("14.0", "1e12"), "line 1", "600000"),
    "beyond all numbers": records(changed("14.0", "1e999"), "line 1", "finite"),
    "edited": records(changed("14.0", "13.0"), "line 1", "which the samples give"),
    "text for a time": records(changed("14.0", '"14"'), "line 1", "must be a number"),
    "missing field": records(changed('"runs_per_sample":1,', ""), "'runs_per_sample' is missing"),
    "missing target": records(changed('"runtime":"onnxruntime",', ""), "'target.runtime' is miss"),
    "unknown field": records(changed('"block"', '"blok"'), "Did you mean 'block'"),
    "another schema": records(changed('"schema_version":1', '"schema_version":2'), "line 1"),
    "network of another id": records(changed(REFERENCE.id, NETWORK.id), "line 1", "spec_id"),
    "no line": records("\n" + LINES, "line 1 is not JSON"),
    "no object": records("[]\n" + LINES, "must hold an object"),
    "same place twice": records(LINES + to_line(measurement(NETWORK)), "line 3", "already"),
    "binary line": records(b"\xff\n" + LINES.encode(), "line 1 is not UTF-8"),
    "records in the way": on_one(
        "", ("records.jsonl",), text_file(str(RUN / "records.jsonl/file"), "")
    ),
    "run directory in the way": on_one("", ("cannot be",), text_file(str(RUN), "a file")),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_one_message_and_exit_code_2(name: str, refuses: Refuses) -> None:
    refuses(CASES[name])
