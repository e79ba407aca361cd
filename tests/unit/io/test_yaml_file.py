import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from nasbench_mvit.ablation.design.config import AblationConfig
from nasbench_mvit.architecture.space_file import SpaceFile
from nasbench_mvit.errors import StudyError
from nasbench_mvit.io import yaml_file
from nasbench_mvit.search.study.config import StudyConfig

WHOLE = "space: mobilevit_debug\npredictor: iphone12_coreml\nreference: {top1: 0, latency_ms: 9}"


def load(tmp_path: Path, text: str, model: type[BaseModel] | None = None) -> Any:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return yaml_file.load(path, StudyError, model)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("010", 10),
        ("0123", 123),
        ("+5", 5),
        ("0o17", 15),
        ("0x1F", 31),
        ("1:30", "1:30"),
        ("190:20:30.15", "190:20:30.15"),
        ("1_000", 1000),
        ("-6_000_000", -6_000_000),
        ("1_00", "1_00"),
        ("1000_000", "1000_000"),
        ("1_0.5", "1_0.5"),
        ("0b11", "0b11"),
        ("2026-11-28", "2026-11-28"),
        ("2026-11-28 20:08:00", "2026-11-28 20:08:00"),
        ("1e-3", 1e-3),
        ("1.", 1.0),
        (".5", 0.5),
        ("-.inf", float("-inf")),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("~/mine.json", "~/mine.json"),
        ('"010"', "010"),
        *((word, word) for word in ("yes", "No", "on", "OFF", "y", "n")),
    ],
)
def test_scalars_are_read_by_yaml_1_2(tmp_path: Path, text: str, value: object) -> None:
    found = load(tmp_path, f"a: {text}\nb: [{text}]\n")
    assert found == {"a": value, "b": [value]}
    assert type(found["a"]) is type(value)


def test_words_of_yaml_1_1_are_keys_as_written(tmp_path: Path) -> None:
    assert load(tmp_path, "on: 1\noff: 2\n") == {"on": 1, "off": 2}


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("a: 1\npruning:\n  # rungs: [0.25]\n", 2, "'pruning'"),
        ("limits:\nproxy: {}\n", 1, "'limits'"),
        ("a:\n  b:\n", 2, "'b'"),
        ("{a, b: 1}", 1, "'a'"),
        ("a:\n  -\n  - 1\n", 2, "an item of the list"),
    ],
)
def test_an_empty_value_is_refused(tmp_path: Path, text: str, line: int, key: str) -> None:
    with pytest.raises(StudyError) as caught:
        load(tmp_path, text)
    assert f"mine.yaml, line {line}: {key} is empty. Write " in str(caught.value)


@pytest.mark.parametrize(
    ("model", "text", "ways"),
    [
        (
            StudyConfig,
            "pruning:",
            "its value, `pruning: {}` for a section with its defaults, `pruning: null` for none",
        ),
        (StudyConfig, "limits:", "its value, `limits: {}` for a section with its defaults, or"),
        (StudyConfig, "limits: {params: }", "its value, `params: null` for none, or remove it"),
        (StudyConfig, "trials:", "its value, or remove it"),
        (StudyConfig, "baselines:", "its value, or remove it"),
        (StudyConfig, f"{WHOLE}\nbaselines:", "its value, or remove it"),
        (StudyConfig, f"{WHOLE}\nproxy:", "its value, `proxy: {}` for a section with its"),
        (StudyConfig, f"{WHOLE}\nsampler: x\nproxy:", "its value, `proxy: {}` for a section"),
        (SpaceFile, "tied:", "its value, `tied: {}` for a section with its defaults, or"),
        (SpaceFile, "axes:\n  stage3.dim: [64,\n   ~]\nreference:", "its value, or remove it"),
        (AblationConfig, "around:", "its value, or remove it"),
    ],
)
def test_only_what_the_file_may_hold_is_offered_for_an_empty_value(
    tmp_path: Path, model: type[BaseModel], text: str, ways: str
) -> None:
    with pytest.raises(StudyError, match=re.escape(f" is empty. Write {ways}")):
        load(tmp_path, text, model)


@pytest.mark.parametrize(
    ("text", "kind"), [("", "nothing"), ("[a]", "a list"), ("7", "a number"), ("a", "text")]
)
def test_a_file_of_another_kind_is_named_in_words(tmp_path: Path, text: str, kind: str) -> None:
    with pytest.raises(StudyError, match=f"must hold a mapping of fields, got {kind}"):
        load(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3: the key 'a' is repeated"),
        ("a: {b: 1, b: 1}\n", "the key 'b' is repeated"),
        ("x: &x {a: 1}\ny: &y {b: 1}\nz:\n  <<: *x\n  <<: *y\n", "the key '<<' is repeated"),
        ("a: 9223372036854775808\n", "at most 9223372036854775807"),
        ("a: !!int 1_0\n", "'1_0' is no int of YAML 1.2"),
        ("a: !!float 1:30.5\n", "'1:30.5' is no float of YAML 1.2"),
    ],
)
def test_what_would_be_read_as_something_else_is_refused(
    tmp_path: Path, text: str, rule: str
) -> None:
    with pytest.raises(StudyError) as caught:
        load(tmp_path, text)
    assert rule in str(caught.value)


def test_merged_mappings_are_read(tmp_path: Path) -> None:
    text = "x: &x {a: 1}\ny: &y {b: 2}\nz:\n  <<: [*x, *y]\n  a: 3\n"
    assert load(tmp_path, text)["z"] == {"a": 3, "b": 2}
