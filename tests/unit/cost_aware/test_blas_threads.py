"""Linear algebra uses one thread inside a proposal, and as many as before after it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import threadpoolctl
from cost_aware_grid import cost, go, study_of

from nasbench_mvit.cost_aware import CostAwareSampler, SamplerError

BEFORE = 3


def threads() -> set[int]:
    infos = threadpoolctl.threadpool_info()
    return {info["num_threads"] for info in infos if info["user_api"] == "blas"}


@pytest.fixture(autouse=True)
def many_threads() -> Iterator[None]:
    import scipy.linalg  # noqa: F401, PLC0415 - its BLAS must be there to be limited

    with threadpoolctl.threadpool_limits(BEFORE, user_api="blas"):
        yield


@pytest.mark.parametrize("part", ["cheap objective", "its method many", "constraints"])
def test_a_proposal_uses_one_thread_and_restores_the_number(part: str) -> None:
    seen = []

    def watched(params: Mapping[str, Any]) -> float:
        seen.append(threads())
        return cost(params)

    class Batch:
        def __call__(self, params: Mapping[str, Any]) -> float:
            return cost(params)

        def many(self, assignments: list[Mapping[str, Any]]) -> list[float]:
            return [watched(params) for params in assignments]

    functions: dict[str, Callable[[Mapping[str, Any]], float]] = {
        "cheap objective": watched,
        "its method many": Batch(),
        "constraints": cost,
    }
    constraints = (lambda params: [watched(params) - 99]) if part == "constraints" else None
    go(study_of(CostAwareSampler({1: functions[part]}, num_startup=2, constraints=constraints)), 4)
    assert seen
    assert all(counts == {1} for counts in seen)
    assert threads() == {BEFORE}


def test_a_proposal_that_fails_restores_the_number() -> None:
    study = study_of(CostAwareSampler({1: lambda params: params["missing"] / 0}, num_startup=2))
    with pytest.raises(SamplerError):
        go(study, 3)
    assert threads() == {BEFORE}
