"""Records and options that no predictor can be made from."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bad_input import Case, Prepare, Refuses, both, text_file
from latency_law import write_records
from measuring import TARGET

from nasbench_mvit.cli.predictor import command as predictor
from nasbench_mvit.latency.fitting.measured import measured_document
from nasbench_mvit.latency.fitting.rows import read_rows
from nasbench_mvit.latency.predictor.files import write_document

Change = Callable[[dict[str, Any]], object]
FIT = "fit a.jsonl -o new.json"


def records(count: int = 24, name: str = "a.jsonl", **target: Any) -> Prepare:
    return lambda folder: write_records(folder / name, count, target=target)


def changed(change: Change, line: int = 2, name: str = "a.jsonl") -> Prepare:
    """Records of which the ``line`` is changed."""

    def write(folder: Path) -> None:
        path = write_records(folder / name, 24)
        lines = path.read_text(encoding="utf-8").splitlines()
        data = json.loads(lines[line - 1])
        change(data)
        lines[line - 1] = json.dumps(data)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    return write


def edited(edit: Callable[[bytes], bytes]) -> Prepare:
    def write(folder: Path) -> None:
        path = write_records(folder / "a.jsonl", 24)
        path.write_bytes(edit(path.read_bytes()))

    return write


def samples(*values: object) -> Change:
    return lambda data: data.update(samples_ms=[*data["samples_ms"][: -len(values)], *values])


def slow(data: dict[str, Any]) -> None:
    """Seconds in place of milliseconds."""
    data["samples_ms"] = [1000 * ms for ms in data["samples_ms"]]
    for name in ("median_ms", "mad_ms", "p10_ms", "p90_ms"):
        data[name] *= 1000


def of_target(**changes: object) -> Change:
    return lambda data: data["target"].update(changes)


def parent(folder: Path) -> None:
    write_records(folder / "a.jsonl", 24)
    write_document(measured_document("a", read_rows(folder / "a.jsonl")), folder / "a.json")


def fit(needles: tuple[str, ...], prepare: Prepare, args: str = FIT) -> Case:
    return Case(args, needles, prepare, predictor.main)


def on_device(**target: Any) -> Prepare:
    return both(parent, records(24, "b.jsonl", **target))


NAN = float("nan")
CASES: dict[str, Case] = {
    "no records": fit(("a.jsonl cannot be read", "measure"), Path.exists),
    "a folder": fit(
        ("a.jsonl/records.jsonl cannot be read",), lambda folder: (folder / "a.jsonl").mkdir()
    ),
    "an empty file": fit(("no network that every pass has visited",), text_file("a.jsonl", "")),
    "a file of another kind": fit(
        ("line 1", "not JSON"), text_file("a.jsonl", "network,ms\n1,2\n")
    ),
    "a list": fit(("line 1", "must hold an object"), text_file("a.jsonl", "[]\n")),
    "not text": fit(("line 1", "UTF-8"), text_file("a.jsonl", b"\xff\xff\n")),
    "truncated to one line": fit(
        ("no network that every pass has visited",), edited(lambda b: b.split(b"\n")[0] + b"\n")
    ),
    "truncated in a line": fit(
        ("20 networks or more, got",), edited(lambda b: b[: int(len(b) * 0.3)])
    ),
    "a line cut in the middle": fit(("line 1", "not JSON"), edited(lambda b: b[200:])),
    "NaN": fit(("line 2", "samples_ms"), changed(samples(NAN))),
    "infinite": fit(("line 2", "samples_ms"), changed(samples(float("inf")))),
    "negative": fit(("line 2", "samples_ms", "greater than 0"), changed(samples(-3.0))),
    "zero": fit(("line 2", "samples_ms", "greater than 0"), changed(samples(0))),
    "text for a time": fit(("line 2", "samples_ms"), changed(samples("fast"))),
    "hours for one image": fit(("line 2", "samples_ms"), changed(samples(1e9))),
    "another unit": fit(("another unit",), both(changed(slow), lambda folder: twice(folder, slow))),
    "a column missing": fit(
        ("line 2", "'samples_ms' is missing"), changed(lambda d: d.pop("samples_ms"))
    ),
    "the network missing": fit(("line 2", "'spec' is missing"), changed(lambda d: d.pop("spec"))),
    "the device missing": fit(
        ("line 2", "target.device' is missing"), changed(lambda d: d["target"].pop("device"))
    ),
    "an unknown column": fit(
        ("line 2", "unknown key 'colour'"), changed(lambda d: d.update(colour="red"))
    ),
    "another network's id": fit(
        ("line 2", "spec_id"), changed(lambda d: d.update(spec_id="0" * 16))
    ),
    "published rows among measured ones": fit(
        ("line 2", "'kind'", "measured"), changed(lambda d: d.update(kind="published"))
    ),
    "a summary that is none": fit(("line 2", "p10_ms"), changed(lambda d: d.update(p10_ms=1.0))),
    "another device": fit(("line 2", "another target", "B"), changed(of_target(device="B"))),
    "another runtime": fit(("another target", "runtime"), changed(of_target(runtime="B"))),
    "another engine": fit(("another target", "engine"), changed(of_target(engine="B"))),
    "other threads": fit(
        ("another target", "threads 1 before, 2 now"), changed(of_target(threads=2))
    ),
    "another precision": fit(
        ("another target", "fp32 before, int8"), changed(of_target(precision="int8"))
    ),
    "a line twice": fit(
        ("line 2 is position", "as line 1"), edited(lambda b: b.split(b"\n")[0] + b"\n" + b)
    ),
    "19 networks": fit(("20 networks or more, got 19", "`transfer`"), records(19)),
    "too many held out": fit(("20 networks or more, got 14",), records(), f"{FIT} --holdout 10"),
    "all held out": fit(
        ("--holdout must leave rows", "24 of 24"), records(), f"{FIT} --holdout 24"
    ),
    "a negative holdout": fit(("--holdout", "0 or more"), records(), f"{FIT} --holdout -1"),
    "no output": fit(("-o/--output", "required"), records(), "fit a.jsonl"),
    "an output of another kind": fit(
        ("must end in .json", "new.pkl"), records(), "fit a.jsonl -o new.pkl"
    ),
    "an output that is no predictor": fit(
        ("front.json exists and is no predictor file",),
        both(records(), text_file("front.json", "{}")),
        "fit a.jsonl -o front.json",
    ),
    "an output in a file": fit(
        ("file/new.json",), both(records(), text_file("file", "")), "fit a.jsonl -o file/new.json"
    ),
    "no verb": fit(("VERB",), Path.exists, ""),
    "an unknown verb": fit(("fti", "transfer"), Path.exists, "fti a.jsonl"),
    "an unknown option": fit(
        ("--hodlout", "Did you mean '--holdout'?"), records(), f"{FIT} --hodlout 3"
    ),
    "eval without a predictor": fit(("no_such", "Available"), records(), "eval no_such a.jsonl"),
    "eval on another device": fit(
        ("another target than the rows", "device Test CPU there, B here"),
        on_device(device="B"),
        "eval a.json b.jsonl",
    ),
    "eval with other threads": fit(
        ("threads 1 there, 4 here",), on_device(threads=4), "eval a.json b.jsonl"
    ),
    "eval of the published iPhone": fit(
        ("device iPhone 12 there",), records(), "eval iphone12_coreml a.jsonl"
    ),
    "a report over a file": fit(
        ("rep",), both(parent, text_file("rep", "")), "eval a.json a.jsonl --report rep"
    ),
    "transfer with 2 networks": fit(
        ("3 networks or more, got 2",),
        both(parent, records(2, "b.jsonl")),
        "transfer a.json b.jsonl -o b.json",
    ),
    "transfer from another file": fit(
        ("c.json", "schema_version"),
        both(parent, text_file("c.json", "{}")),
        "transfer c.json a.jsonl -o b.json",
    ),
    "predict nothing": fit(
        ("--spec", "--space", "required"), Path.exists, "predict iphone12_coreml"
    ),
    "predict both": fit(
        ("not allowed with",),
        Path.exists,
        "predict iphone12_coreml --spec mobilevit_s --space mobilevit",
    ),
    "an unknown network": fit(
        ("unknown network 'mobilevit_m'", "Did you mean"),
        Path.exists,
        "predict iphone12_coreml --spec mobilevit_m",
    ),
    "a network that is none": fit(
        ("a.json", "JSON"), text_file("a.json", "{"), "predict iphone12_coreml --spec a.json"
    ),
    "a network file that is missing": fit(
        ("a.json",), Path.exists, "predict iphone12_coreml --spec a.json"
    ),
    "a network file that is not text": fit(
        ("cannot be read",), text_file("a.json", b"\xff"), "predict iphone12_coreml --spec a.json"
    ),
    "an unknown space": fit(
        ("mobilevitt", "Did you mean"), Path.exists, "predict iphone12_coreml --space mobilevitt"
    ),
    "no networks of a space": fit(
        ("--networks", "1 or more"),
        Path.exists,
        "predict iphone12_coreml --space mobilevit --networks 0",
    ),
    "a study without a predictor": Case(
        "--study latency_android",
        (
            "names no latency predictor",
            "nasbench_mvit measure",
            "predictor fit",
            "--predictor my_phone.json",
        ),
    ),
    "a predictor that is not there": Case(
        "--study smoke --predictor nowhere.json", ("nowhere.json", "cannot be read")
    ),
    "a predictor without a name": Case(
        ("--study", "smoke", "--predictor", ""), ("must not be empty",)
    ),
}


def twice(folder: Path, change: Change) -> None:
    """Change the second pass's line of the network in line 2 too."""
    path = folder / "a.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    spec_id = json.loads(lines[1])["spec_id"]
    for place, line in enumerate(lines[2:], start=2):
        data = json.loads(line)
        if data["spec_id"] == spec_id:
            change(data)
            lines[place] = json.dumps(data)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_one_message_and_exit_code_2(name: str, refuses: Refuses) -> None:
    refuses(CASES[name])


def test_a_refused_fit_leaves_an_earlier_predictor_as_it_was(
    refuses: Refuses, tmp_path: Path
) -> None:
    def earlier(folder: Path) -> None:
        parent(folder)
        write_records(folder / "few.jsonl", 5)

    refuses(fit(("got 5",), earlier, "fit few.jsonl -o a.json"))
    assert read_rows(tmp_path / "a.jsonl").target.device == TARGET.device
