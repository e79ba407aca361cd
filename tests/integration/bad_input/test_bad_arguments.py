"""Wrong arguments of every function of the public API: one message of ours."""

import inspect
import math
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import nasbench_mvit
from nasbench_mvit import FinalRequest, OnnxRuntimeTarget, RayOptions, WorkbenchError
from nasbench_mvit.ablation.design.design import Ablation
from nasbench_mvit.architecture.rivals import RivalSpec
from nasbench_mvit.workbench.full_training.options import TrainingOptions

HERE = Path("here")
RUN: dict[str, Any] = {"run_dir": HERE}
# The other arguments that each function needs, by name, or in order.
OTHERS: Mapping[str, tuple[tuple[Any, ...], Mapping[str, Any]]] = {
    "build_model": ((), {}),
    "build_surrogate": ((), RUN | {"num_networks": 4, "table": None, "out": HERE}),
    "build_table": ((), RUN | {"num_seeds": 1, "out": HERE}),
    "compare_samplers": ((["random"],), {"num_seeds": 2, "trials": 4, "out": HERE}),
    "count_costs": ((), {}),
    "evaluate_predictor": ((HERE,), {}),
    "evaluate_weights": (("embedded",), {}),
    "export_network": ((), {"formats": ["torch"], "weights": "random", "out": HERE}),
    "fit_predictor": ((HERE,), {}),
    "validate_proxy_on_imagenet": ((), RUN),
    "load_ablations": ((), {}),
    "load_predictor": ((), {}),
    "load_study": ((), {}),
    "measure_latency": ((OnnxRuntimeTarget(),), RUN),
    "network_costs": ((), {}),
    "open_study": ((), {}),
    "open_supernet": ((), {}),
    "plan_study": ((), {}),
    "plan_training": (("embedded",), {}),
    "published": ((), {}),
    "rank_supernet": ((), RUN | {"against": HERE}),
    "refit_study": ((HERE,), {}),
    "run_ablation": ((), RUN),
    "run_study": ((), RUN),
    "train_network": (("embedded",), {}),
    "train_supernet": ((), RUN | {"updates": 8, "out": HERE}),
    "transfer_predictor": ((HERE, HERE), {}),
    "validate_proxy": ((), RUN | {"num_networks": 4}),
}
WRONG = ("no such name", 3, {"a": 1}, [3], b"name", None)


def functions() -> list[str]:
    found = {name: getattr(nasbench_mvit, name) for name in nasbench_mvit.__all__}
    return [name for name, value in found.items() if callable(value) and name[0].islower()]


def test_every_function_is_here() -> None:
    assert functions() == sorted(OTHERS)


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize("name", OTHERS)
def test_one_message(
    name: str, wrong: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rest, options = OTHERS[name]
    function: Callable[..., object] = getattr(nasbench_mvit, name)
    with pytest.raises(WorkbenchError, match=r"\w.*\."):
        function(wrong, *rest, **options)
    assert not list(tmp_path.rglob("*.*"))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: nasbench_mvit.measure_latency(3, OnnxRuntimeTarget(), run_dir=HERE),  # type: ignore[arg-type]
         r"like published\('mobilevit_s'\), .* got 3 of type int"),
        (lambda: nasbench_mvit.measure_latency("mobilevit_s", "cpu", run_dir=HERE),  # type: ignore[arg-type]
         r"like OnnxRuntimeTarget\(\), got 'cpu' of type str"),
        (lambda: nasbench_mvit.run_study("smoke", run_dir=HERE),  # type: ignore[arg-type]
         r"load_study\(NAME\) returns, got 'smoke' of type str"),
        (lambda: nasbench_mvit.load_ablations("ablation_fusion"), "must be a list of names"),
        (lambda: nasbench_mvit.Benchmark("mobilevit_table", {}), r"Benchmark\.load\(NAME\)"),  # type: ignore[arg-type]
        (lambda: nasbench_mvit.count_costs("mobilevit_s"), r"published\('mobilevit_s'\), got"),  # type: ignore[arg-type]
    ],
)  # fmt: skip
def test_the_message_says_what_is_meant(call: Callable[[], object], words: str) -> None:
    with pytest.raises(WorkbenchError, match=words):
        call()


def annotations(name: str) -> Iterator[tuple[str, str]]:
    """Yield the parameters of a function and how they are annotated."""
    for parameter in inspect.signature(getattr(nasbench_mvit, name)).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            yield from ((key, str(value)) for key, value in TrainingOptions.__annotations__.items())
        else:
            yield parameter.name, str(parameter.annotation)


#: Parameters that are a path, or a name that may be one.
PATHS = {"also", "init", "name_or_path", "out", "output", "parent", "path_or_url", "predictor",
         "records", "report_dir", "run_dir", "search_dir", "table", "weights"}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_a_path_is_text_or_a_path(name: str) -> None:
    found = dict(annotations(name))
    paths = {key for key, text in found.items() if key in PATHS or re.search(r"\bPath\b", text)}
    assert [key for key in paths if not re.search(r"\bstr\b.*Path|Path.*\bstr\b", found[key])] == []


#: Where a path leads to a file that is in the way, or to none: the message names it, expanded.
FILE, NONE = "~/file.json", "~/none.jsonl"
NAMES_PATH: tuple[tuple[str, str, tuple[Any, ...], Mapping[str, Any]], ...] = (
    ("build_surrogate", "run_dir", ("smoke",), {"num_networks": 4, "table": None, "out": "o"}),
    ("build_surrogate", "also", ("smoke",),
     {"num_networks": 4, "table": None, "out": "o", "run_dir": "r"}),
    ("build_table", "run_dir", ("table_iphone",), {"num_seeds": 1, "out": "table"}),
    ("compare_samplers", "out", (["mobilevit_table"], ["random"]), {"num_seeds": 2, "trials": 4}),
    ("evaluate_predictor", "records", ("epyc_wasm",), {}),
    ("evaluate_predictor", "predictor", (), {"records": NONE}),
    ("evaluate_weights", "weights", (), {"data": "embedded"}),
    ("export_network", "out", ("mobilevit_xxs",), {"formats": ["torch"], "weights": "random"}),
    ("export_network", "records", ("mobilevit_xxs",), {"formats": ["torch"], "weights": "random"}),
    ("fit_predictor", "records", (), {"output": "p.json"}),
    ("fit_predictor", "output", (), {"records": NONE}),
    ("load_ablations", "search_dir", (), {"around": "smoke:1"}),
    ("load_ablations", "around", (), {}),
    ("load_predictor", "name_or_path", (), {}),
    ("measure_latency", "run_dir", (["mobilevit_xxs"], OnnxRuntimeTarget()), {}),
    ("measure_latency", "networks", (), {"target": OnnxRuntimeTarget(), "run_dir": "r"}),
    ("open_study", "path_or_url", (), {}),
    ("open_supernet", "supernet", (), {}),
    ("plan_training", "network", (), {"data": "embedded"}),
    ("rank_supernet", "supernet", (), {"against": "a", "run_dir": "r"}),
    ("run_ablation", "run_dir", (["ablation_fusion"],), {}),
    ("run_study", "run_dir", ("smoke",), {}),
    ("train_network", "out", ("mobilevit_xxs", "embedded"), {"device": "cpu"}),
    ("transfer_predictor", "output", ("epyc_wasm", NONE), {}),
    ("transfer_predictor", "parent", (), {"records": NONE, "output": "p.json"}),
    ("validate_proxy", "run_dir", ("smoke",), {"num_networks": 4}),
    ("validate_proxy_on_imagenet", "run_dir", ("smoke",), {}),
)  # fmt: skip


def called(name: str, given: tuple[Any, ...], options: Mapping[str, Any]) -> object:
    """Call a function of the API; studies are given by name."""
    arguments = list(given)
    if name in {"run_ablation"}:
        arguments[0] = nasbench_mvit.load_ablations(arguments[0])
    elif "study" in dict(annotations(name)) or "config" in dict(annotations(name)):
        arguments[0] = nasbench_mvit.load_study(arguments[0])[1]
    return getattr(nasbench_mvit, name)(*arguments, **options)


@pytest.mark.parametrize("kind", [str, Path])
@pytest.mark.parametrize(("name", "path", "given", "options"), NAMES_PATH)
def test_a_path_of_either_kind_is_expanded(
    name: str,
    path: str,
    given: tuple[Any, ...],
    options: Mapping[str, Any],
    kind: type[str | Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    (tmp_path / "home/file.json").write_text("no such thing")
    text = NONE if path in {"records", "also"} else FILE
    shown = re.escape(str(tmp_path / "home" / Path(text).name))
    with pytest.raises((WorkbenchError, OSError), match=shown):
        called(name, given, {**options, path: [kind(text)] if path == "also" else kind(text)})


ABLATION, STUDY = (["ablation_fusion"],), ("smoke",)
TIMED: Mapping[str, tuple[tuple[Any, ...], Mapping[str, Any]]] = {
    "measure_latency": (([], OnnxRuntimeTarget()), {"run_dir": "r"}),
    "run_ablation": (ABLATION, {"run_dir": "r"}),
    "run_study": (STUDY, {"run_dir": "r"}),
}
SURROGATE: Mapping[str, Any] = {"num_networks": 4, "table": None, "out": "o", "run_dir": "r"}
WORKED: Mapping[str, tuple[tuple[Any, ...], Mapping[str, Any]]] = {
    "build_surrogate": (STUDY, SURROGATE),
    "build_table": (("table_iphone",), {"num_seeds": 1, "run_dir": "r", "out": "o"}),
    "compare_samplers": (
        (["mobilevit_table"], ["random"]), {"num_seeds": 2, "trials": 4, "out": "o"}
    ),
    "plan_study": (STUDY, {}),
    "run_ablation": TIMED["run_ablation"],
    "run_study": TIMED["run_study"],
    "validate_proxy": (STUDY, {"num_networks": 4, "run_dir": "r"}),
    "validate_proxy_on_imagenet": (STUDY, {"run_dir": "r"}),
}  # fmt: skip
COUNTED: tuple[tuple[str, str, int, tuple[tuple[Any, ...], Mapping[str, Any]]], ...] = (
    *((name, "workers", 1, call) for name, call in WORKED.items()),
    ("build_surrogate", "num_networks", 1, WORKED["build_surrogate"]),
    ("build_table", "num_seeds", 1, WORKED["build_table"]),
    ("compare_samplers", "num_seeds", 2, WORKED["compare_samplers"]),
    ("compare_samplers", "trials", 1, WORKED["compare_samplers"]),
    ("evaluate_weights", "batch_size", 1, (("none.safetensors", "embedded"), {})),
    ("evaluate_weights", "crop", 1, (("none.safetensors", "embedded"), {})),
    ("evaluate_weights", "resize", 1, (("none.safetensors", "embedded"), {})),
    ("export_network", "resolution", 1,
     (("mobilevit_xxs",), {"formats": ["torch"], "weights": "random"})),
    ("fit_predictor", "holdout", 0, (("none.jsonl", "p.json"), {})),
    ("measure_latency", "passes", 1, TIMED["measure_latency"]),
    ("train_network", "checkpoint_updates", 1, (("mobilevit_xxs", "embedded"), {})),
    ("train_network", "ray_processes", 1, (("mobilevit_xxs", "embedded"), {})),
    ("train_supernet", "updates", 8, (STUDY, {"run_dir": "r", "out": "o"})),
    ("transfer_predictor", "holdout", 0, (("epyc_wasm", "none.jsonl", "p.json"), {})),
    ("validate_proxy", "num_networks", 1, WORKED["validate_proxy"]),
    ("validate_proxy_on_imagenet", "seeds", 1, WORKED["validate_proxy_on_imagenet"]),
)  # fmt: skip


@pytest.mark.parametrize("wrong", [-1, 1.5, "2", True])
@pytest.mark.parametrize(("name", "argument", "least", "call"), COUNTED)
def test_a_count_is_a_whole_number(
    name: str,
    argument: str,
    least: int,
    call: tuple[tuple[Any, ...], Mapping[str, Any]],
    wrong: object,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    words = f"`{argument}=` must be a whole number of {least} or more, got "
    for value in (wrong, least - 1):
        with pytest.raises(WorkbenchError, match=re.escape(f"{words}{value!r}.")):
            called(name, call[0], {**call[1], argument: value})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("wrong", [-1, 0, math.nan, math.inf, "5", True])
@pytest.mark.parametrize("name", TIMED)
def test_minutes_are_a_number_above_0(
    name: str, wrong: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given, options = TIMED[name]
    with pytest.raises(WorkbenchError, match=r"`max_minutes=` must be a number of minutes above 0"):
        called(name, given, {**options, "max_minutes": wrong})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("make", "options", "words"),
    [
        (FinalRequest, {"count": 0}, "`count=` must be a whole number of 1 or more, got 0"),
        (FinalRequest, {"count": 2, "num_seeds": 1}, "`num_seeds=` .* 2 or more, got 1"),
        (RayOptions, {"storage_path": "/x", "cpus": 0}, "`cpus=` .* 1 or more, got 0"),
        (RayOptions, {"storage_path": "/x", "gpus": math.nan}, "`gpus=` must be 0 or more"),
        (RayOptions, {"storage_path": "/x", "trials_at_once": 0}, "`trials_at_once=` .* got 0"),
    ],
)
def test_options_of_a_run_are_in_range(
    make: Callable[..., object], options: Mapping[str, Any], words: str
) -> None:
    with pytest.raises(WorkbenchError, match=words):
        make(**options)


@pytest.mark.parametrize("name", OTHERS)
def test_what_a_function_takes_is_public(name: str) -> None:
    made_by_functions = {Ablation.__name__, RivalSpec.__name__, "MeasurementTarget"}
    ours = re.compile(r"nasbench_mvit\.[\w.]+\.([A-Z]\w+)")
    taken = {kind for _, text in annotations(name) for kind in ours.findall(text)}
    assert taken - made_by_functions <= {*nasbench_mvit.__all__}
