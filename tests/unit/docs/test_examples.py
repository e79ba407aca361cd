"""The examples in the docstrings of the public functions and classes."""

import doctest
import inspect
import sys

import pytest

import nasbench_mvit

BUILDING_BLOCKS = (
    "Benchmark", "MobileViTSpec", "SearchSpace", "Surrogate", "build_model", "count_costs",
    "load_predictor", "load_study", "published",
)  # fmt: skip


@pytest.mark.parametrize("name", BUILDING_BLOCKS)
def test_the_example_is_right(name: str) -> None:
    documented = getattr(nasbench_mvit, name)
    module = vars(sys.modules[documented.__module__])
    (example,) = doctest.DocTestFinder(recurse=False).find(documented, name, globs=dict(module))
    failed, tried = doctest.DocTestRunner().run(example)
    assert tried
    assert not failed


def test_every_function_has_an_example() -> None:
    functions = [getattr(nasbench_mvit, name) for name in nasbench_mvit.__all__]
    functions = [found for found in functions if inspect.isfunction(found)]
    assert len(functions) > 20
    assert not [found.__name__ for found in functions if ">>> " not in (found.__doc__ or "")]
