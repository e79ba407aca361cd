"""A mutilated study or space is either still valid or refused: exit code 2 and one message."""

import contextlib
import copy
import datetime as dt
import io
import math
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_mvit.ablation.design.design import Ablation
from nasbench_mvit.cli.ablate import command as ablate
from nasbench_mvit.cli.search import command as search
from nasbench_mvit.cli.search import results
from nasbench_mvit.errors import StudyError
from nasbench_mvit.io import catalogue
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.workbench.ablations import run as ablations
from nasbench_mvit.workbench.ablations.result import AblationResults
from nasbench_mvit.workbench.shared.completion import Completion
from nasbench_mvit.workbench.studies import prepared_study, run

FUZZ = settings(max_examples=120, derandomize=True, deadline=None)
Path_ = tuple[str | int, ...]
Main = Callable[[list[str]], int]


def packaged(kind: catalogue.Kind, name: str) -> str:
    return catalogue.find(kind, name, StudyError).read_text(encoding="utf-8")


STUDIES = {name: packaged("studies", name) for name in ("smoke", "latency_iphone")}
ABLATIONS = {
    name: packaged("ablations", name)
    for name in ("ablation_label_smoothing_ema", "ablation_patch_size")
}
SPACES = {name: packaged("search_spaces", name) for name in ("mobilevit_debug", "mobilevit")}

SCALARS = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        -1,
        1,
        2**63 - 1,
        -(2**63),
        10**40,
        0.5,
        -0.0,
        1e308,
        math.nan,
        math.inf,
        -math.inf,
        "",
        " ",
        "~",
        "1",
        "nan",
        "../..",
        "~nobody",
        "a\nb",
        "\x1b[2J",
        "x" * 300,
        "[/bold]",
        "mobilevit",
        "stage3.dim",
        dt.date(2020, 1, 1),
        b"\xff\x00",
    ]
)
JUNK = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["to", "values", "a", 1, None, 0.5]), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(value: object, here: Path_ = ()) -> Iterator[Path_]:
    """Yield the path of every value inside ``value``."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        yield (*here, key)
        yield from places(inner, (*here, key))


def drop(parent: Any, key: Any, _draw: st.DrawFn) -> None:
    del parent[key]


def replace(parent: Any, key: Any, draw: st.DrawFn) -> None:
    parent[key] = draw(JUNK)


def rename(parent: Any, key: Any, draw: st.DrawFn) -> None:
    if isinstance(parent, dict):
        name = draw(st.sampled_from([f"{key}s", str(key)[:-1], "", 7, None, "schema_version"]))
        parent[name] = parent.pop(key)
    else:
        parent.append(parent[key])  # a choice twice


def nest(parent: Any, key: Any, draw: st.DrawFn) -> None:
    parent[key] = draw(st.sampled_from([[parent[key]], {key: parent[key]}, [parent[key]] * 2]))


CHANGES: tuple[Callable[[Any, Any, st.DrawFn], None], ...] = (drop, replace, rename, nest)


@st.composite
def changed_values(draw: st.DrawFn, texts: dict[str, str]) -> bytes:
    """Drop, replace, rename or nest one to three values of a file."""
    data = copy.deepcopy(yaml.safe_load(texts[draw(st.sampled_from(sorted(texts)))]))
    for _ in range(draw(st.integers(1, 3))):
        paths = list(places(data))
        if not paths:
            break
        *way, key = draw(st.sampled_from(paths))
        parent = data
        for step in way:
            parent = parent[step]
        draw(st.sampled_from(CHANGES))(parent, key, draw)
    return yaml.safe_dump(data).encode()


@st.composite
def changed_bytes(draw: st.DrawFn, texts: dict[str, str]) -> bytes:
    """Cut a file, repeat a line of it, or overwrite some of its bytes."""
    content = texts[draw(st.sampled_from(sorted(texts)))].encode()
    match draw(st.sampled_from(["cut", "repeat", "overwrite"])):
        case "cut":
            return content[: draw(st.integers(0, len(content) - 1))]
        case "repeat":
            lines = content.splitlines(keepends=True)
            line = draw(st.sampled_from(lines))
            return b"".join([*lines, line])
    flipped = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        odd = st.sampled_from(b"\x00\xff\t\n:#-[]{}&*!|>'\"%@`, 0e.~")
        flipped[draw(st.integers(0, len(content) - 1))] = draw(odd)
    return bytes(flipped)


@pytest.fixture(scope="module", autouse=True)
def _no_search() -> Iterator[None]:
    """Check everything up to the first training, and stop there."""

    def examine(
        config: StudyConfig, *, run_dir: Path, workers: int | None, **_: object
    ) -> SimpleNamespace:
        study = prepared_study.prepare_study(
            config, name=None, run_dir=run_dir, workers=workers, ray=None
        )
        study.outlook()
        return SimpleNamespace(completion=Completion.DONE)

    def examine_ablations(studies: list[Ablation], **_: object) -> AblationResults:
        for study in studies:
            load_predictor(study.config.predictor)
        return AblationResults(studies=())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "run_study", examine)
        patch.setattr(results, "print_end", lambda *_: None)
        patch.setattr(ablations, "run_ablation", examine_ablations)
        yield


def check(study: bytes, space: bytes | None = None, main: Main = search.main) -> None:
    output, errors = io.StringIO(), io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("own.yaml").write_bytes(study)
        if space is not None:
            Path("own_space.yaml").write_bytes(space)
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            code = main(["--study", "./own.yaml"])
        assert {path.name for path in Path().iterdir()} <= {"own.yaml", "own_space.yaml"}
    message = errors.getvalue()
    assert code in {0, 2}
    assert output.getvalue() == ""
    assert message.count("\n") == (1 if code else 0), message
    assert len(message) < 5_000
    assert "Traceback" not in message


@FUZZ
@given(changed_values(STUDIES))
def test_a_study_with_changed_values(content: bytes) -> None:
    check(content)


@FUZZ
@given(changed_bytes(STUDIES))
def test_a_study_with_changed_bytes(content: bytes) -> None:
    check(content)


@FUZZ
@given(changed_values(ABLATIONS))
def test_an_ablation_with_changed_values(content: bytes) -> None:
    check(content, main=ablate.main)


@FUZZ
@given(changed_bytes(ABLATIONS))
def test_an_ablation_with_changed_bytes(content: bytes) -> None:
    check(content, main=ablate.main)


def study_over(space: str) -> bytes:
    return yaml.safe_dump(yaml.safe_load(STUDIES["smoke"]) | {"space": space}).encode()


@FUZZ
@given(changed_values(SPACES))
def test_a_space_with_changed_values(content: bytes) -> None:
    check(study_over("./own_space.yaml"), content)


@FUZZ
@given(changed_bytes(SPACES))
def test_a_space_with_changed_bytes(content: bytes) -> None:
    check(study_over("./own_space.yaml"), content)
