"""Generated files are current where only the arithmetic of a processor differs."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    path = Path(__file__).parents[2] / "tools" / "generate.py"
    spec = importlib.util.spec_from_file_location("generate", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("made", "is_current"),
    [
        ("| 10 | 4.7% | 94.6% |", True),
        ("| 10 | 4.7% | 95.7% |", True),
        ("| 10 | 4.7% | 97.0% |", False),
        ("| 11 | 4.7% | 94.6% |", False),
        ("| 10 | 4.7% |", False),
        ("| 10 | 4.7% | 94.6% of |", False),
    ],
)
def test_only_decimals_may_differ_and_only_a_little(
    generate: ModuleType, made: str, is_current: bool
) -> None:
    assert generate.is_current("| 10 | 4.7% | 94.6% |", made) is is_current
