"""A first argument of the wrong kind, in every function of the public API: one message of ours."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import nasbench_mvit
from nasbench_mvit import WorkbenchError

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
    "measure_latency": ((None,), RUN),
    "network_costs": ((), {}),
    "open_study": ((), {}),
    "plan_study": ((), {}),
    "plan_training": (("embedded",), {}),
    "published": ((), {}),
    "run_ablation": ((), RUN),
    "run_study": ((), RUN),
    "train_network": (("embedded",), {}),
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
        (lambda: nasbench_mvit.measure_latency("mobilevit_s", None, run_dir=HERE),  # type: ignore[arg-type]
         r"like published\('mobilevit_s'\), .* got 'mobilevit_s' of type str"),
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
