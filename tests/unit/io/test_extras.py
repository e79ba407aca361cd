"""An optional package counts where it is installed: what lies in the working directory is none."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nasbench_mvit.cli import entry_point
from nasbench_mvit.errors import ExportError, WeightsError
from nasbench_mvit.export.extras import load_extra, require_extra
from nasbench_mvit.io.system import extras
from nasbench_mvit.models.weights.by_name import from_timm

NAMES = ("timm", "executorch", "z3", "wandb", "mlruns")  # none of them is installed for the tests


def folder(here: Path, name: str) -> None:
    (here / name).mkdir()


def package(here: Path, name: str) -> None:
    folder(here, name)
    (here / name / "__init__.py").write_text("")


def file(here: Path, name: str) -> None:
    (here / f"{name}.py").write_text("")


@pytest.fixture(params=[folder, package, file])
def shadow(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], None]:
    """Return a function that puts something of a name in the working directory, on the path."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")

    def put(name: str) -> None:
        for module in [m for m in sys.modules if m.partition(".")[0] == name]:
            monkeypatch.delitem(sys.modules, module)
        request.param(tmp_path, name)

    return put


@pytest.mark.parametrize("name", NAMES)
def test_what_is_called_like_a_package_is_not_installed(
    name: str, shadow: Callable[[str], None]
) -> None:
    shadow(name)
    assert not extras.is_installed(name)
    with pytest.raises(ModuleNotFoundError, match=f"{name} is not installed"):
        extras.load(f"{name}.inside")
    with pytest.raises(ExportError, match=f"{name} cannot be loaded .*it is not installed"):
        require_extra(name, "any")


def test_weights_of_timm_need_timm_and_no_folder(shadow: Callable[[str], None]) -> None:
    shadow("timm")
    with pytest.raises(WeightsError, match=r"does not load here \(timm is not installed\)"):
        from_timm("timm:mobilevit_s")


@pytest.mark.parametrize("name", ["shtab", "sortedcontainers", "fsspec"])
def test_the_installed_package_is_loaded_all_the_same(
    name: str, shadow: Callable[[str], None]
) -> None:
    shadow(name)
    path = list(sys.path)
    assert Path(load_extra(name, "any").__file__).parent.parent != Path.cwd()
    assert sys.path == path


def test_a_folder_elsewhere_on_the_path_is_no_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder(tmp_path, "timm")
    monkeypatch.syspath_prepend(tmp_path)
    assert not extras.is_installed("timm")


@pytest.mark.parametrize("is_clone", [True, False])
def test_the_working_directory_leaves_the_path_unless_this_package_lies_there(
    is_clone: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Path(entry_point.__file__).parents[2] if is_clone else tmp_path
    monkeypatch.chdir(here)
    monkeypatch.setattr(sys, "path", [str(here), "elsewhere"])
    entry_point.hide_working_directory()
    assert sys.path == ([str(here)] * is_clone + ["elsewhere"])
