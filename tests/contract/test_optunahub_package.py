"""The sampler as a package of OptunaHub: its conventions, and Optuna's own tests of samplers."""

import ast
import functools
import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import optuna
import pytest
import yaml
from optuna.samplers import BaseSampler
from optuna.testing.pytest_samplers import (
    BasicSamplerTestCase,
    MultiObjectiveSamplerTestCase,
    RelativeSamplerTestCase,
)
from sampler_package.write import PACKAGE, write_package

# Loads a package as optunahub.load_local_module does, without this project on the path.
ALONE = """
import importlib.util, sys
import optuna
sys.path = [entry for entry in sys.path if entry not in ("", sys.argv[2])]
spec = importlib.util.spec_from_file_location(
    "optunahub_registry.package.samplers.cost_aware", sys.argv[1] + "/__init__.py"
)
module = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = module
spec.loader.exec_module(module)
optuna.logging.disable_default_handler()
sampler = module.CostAwareSampler({1: lambda params: params["x"] ** 2}, seed=0, num_startup=4)
study = optuna.create_study(directions=["maximize", "minimize"], sampler=sampler)
study.optimize(lambda t: (t.suggest_int("x", 1, 30), t.params["x"] ** 2), n_trials=8)
print(len({t.params["x"] for t in study.trials}), "nasbench_mvit" in sys.modules)
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_package(tmp_path_factory.mktemp("registry"))


@functools.cache
def loaded(folder: Path) -> ModuleType:
    name = f"optunahub_registry.package.{PACKAGE.replace('/', '.')}"
    spec = importlib.util.spec_from_file_location(name, folder / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_readme_has_the_fields_of_the_registry(package: Path) -> None:
    front = (package / "README.md").read_text().split("---")[1]
    fields = yaml.safe_load(front)
    assert fields.keys() == {
        "author", "title", "description", "tags", "optuna_versions", "license"
    }  # fmt: skip
    assert "sampler" in fields["tags"], "the registry asks for the tag of the folder"
    assert fields["optuna_versions"] == [optuna.__version__]
    assert fields["license"] == "MIT License"


def test_it_has_the_files_of_a_package_and_compiles(package: Path) -> None:
    names = {path.name for path in package.iterdir()}
    assert names >= {"__init__.py", "README.md", "LICENSE", "example.py", "requirements.txt"}
    for path in package.glob("*.py"):
        ast.parse(path.read_text())


def test_it_runs_with_optuna_and_nothing_of_this_project(package: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(package), str(Path.cwd())],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["8", "False"], done.stderr


class _OfThePackage:
    @pytest.fixture
    def sampler(self, package: Path) -> Callable[[], BaseSampler]:
        return lambda: loaded(package).CostAwareSampler({}, num_startup=2)


class TestBasic(_OfThePackage, BasicSamplerTestCase):
    """Optuna's tests of any sampler."""


class TestRelative(_OfThePackage, RelativeSamplerTestCase):
    """Optuna's tests of samplers that know the space."""


class TestMultiObjective(_OfThePackage, MultiObjectiveSamplerTestCase):
    """Optuna's tests of samplers for several objectives."""
