"""Finds and reads YAML files by name or path.

A name is looked up in the working directory first (``NAME.yaml``, ``search_spaces/NAME.yaml``),
then among the files of the package, so that a user adds or overrides one by copying a file.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from nasbench_mvit.errors import WorkbenchError, listed, unknown
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.io.text_files import is_readable
from nasbench_mvit.io.validation import Model, validate
from nasbench_mvit.io.yaml_file import load

Kind = Literal["search_spaces", "studies", "ablations"]
SUFFIXES = frozenset({".yaml", ".yml"})

_KINDS: dict[Kind, tuple[str, str]] = {
    "search_spaces": ("search space", "./my_space.yaml"),
    "studies": ("study", "./my_study.yaml"),
    "ablations": ("ablation study", "./my_ablation.yaml"),
}
# Studies of searches and of ablations share a folder; this field distinguishes them.
_FOLDERS = {"ablations": "studies"}
ABLATION = ("kind", "ablation")


def _packaged(folder: str) -> Path:
    """Return the folder of shipped files: in the package of a wheel, or next to it in a clone."""
    package = Path(__file__).parents[1]
    inside = package / folder
    return inside if inside.is_dir() else package.parent / folder


def names(kind: Kind) -> list[str]:
    """Return the names of a kind that can be found from this working directory."""
    folder = _FOLDERS.get(kind, kind)
    places = (Path(folder), _packaged(folder))
    files = [path for place in places for path in place.glob("*.yaml") if path.is_file()]
    if folder == "studies":
        files = [path for path in files if _is_ablation_file(path) is (kind == "ablations")]
    return sorted({path.stem for path in files})


def _is_ablation_file(path: Path) -> bool:
    try:
        return is_ablation(load(path, WorkbenchError))
    except WorkbenchError:
        return False


def is_ablation(data: Mapping[Any, Any]) -> bool:
    """Return whether the fields of a study are those of an ablation."""
    field, value = ABLATION
    return data.get(field) == value


def find(kind: Kind, name_or_path: str | Path, error: type[WorkbenchError]) -> Path:
    """Return the YAML file for a name or a path, of either kind of study.

    Raises:
        WorkbenchError: there is none; the class is ``error``.
    """
    folder = _FOLDERS.get(kind, kind)
    title, example = _KINDS[kind]
    given = expanded(name_or_path)
    if given.suffix in SUFFIXES or len(given.parts) > 1:
        if is_readable(given):
            return given
        raise error(f"no {title} file at '{name_or_path}'. Give a path that exists or a name: "
                    f"{listed(names(kind))}.")  # fmt: skip
    for place in (Path(), Path(folder), _packaged(folder)):
        candidate = place / f"{name_or_path}.yaml"
        if candidate.is_file():
            return candidate
    raise error(
        f"{unknown(title, name_or_path, names(kind))} "
        f"Give a file of your own by its path, like {example}."
    )


def read(path: Path, model: type[Model], error: type[WorkbenchError]) -> Model:
    """Read the YAML file at ``path`` and validate it as ``model``.

    Raises:
        WorkbenchError: the file is invalid; the class is ``error``, and the message names the file,
            each invalid field, the rule, the value and the probable correct one.
    """
    return validate(load(path, error, model), model, error, where=str(path))
