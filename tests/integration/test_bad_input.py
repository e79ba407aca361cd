"""What a user can get wrong: each time one message, exit code 2, and nothing stored is lost."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock
import numpy as np
import optuna
import pytest
import yaml
from PIL import Image

from nasbench_mvit import catalogue
from nasbench_mvit.cli import search
from nasbench_mvit.errors import StoreError, StudyError
from nasbench_mvit.search.store import Location, StudyStore

Prepare = Callable[[Path], object]


@dataclass(frozen=True)
class Case:
    """A command line, what is prepared in the working directory, and what the message must say."""

    args: str
    needles: tuple[str, ...]
    prepare: Prepare = Path.exists


def study_file(**changes: Any) -> Prepare:
    def write(folder: Path) -> None:
        smoke = yaml.safe_load(catalogue.find("studies", "smoke", StudyError).read_text())
        (folder / "own.yaml").write_text(yaml.safe_dump(smoke | changes))

    return write


def space_file(**changes: Any) -> Prepare:
    def write(folder: Path) -> None:
        space = {
            "schema_version": 1,
            "description": "a test",
            "base": "mobilevit_xxs",
            "axes": {"stage3.depth": [1, 2]},
        }
        (folder / "own_space.yaml").write_text(yaml.safe_dump(space | changes))
        study_file(space="./own_space.yaml")(folder)

    return write


def text_file(name: str, content: str) -> Prepare:
    def write(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)

    return write


def images(*per_class: int, broken: bool = False) -> Prepare:
    def write(folder: Path) -> None:
        rng = np.random.default_rng(0)
        for label, count in enumerate(per_class):
            place = folder / "photos" / f"class{label}"
            place.mkdir(parents=True)
            for number in range(count):
                pixels = rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(place / f"{number}.png")
        if broken:
            file = folder / "photos" / "class0" / "0.png"
            file.write_bytes(file.read_bytes()[:60])

    return write


def optuna_storage(name: str, attrs: dict[str, Any] | None = None) -> Prepare:
    def write(folder: Path) -> None:
        (folder / "runs/smoke").mkdir(parents=True)
        url = f"sqlite:///{folder}/runs/smoke/study.db"
        study = optuna.create_study(
            storage=url, study_name=name, directions=["maximize", "minimize"]
        )
        study.ask()
        for key, value in (attrs or {}).items():
            study.set_user_attr(key, value)

    return write


def other_optuna_schema(folder: Path) -> None:
    optuna_storage("smoke")(folder)
    with sqlite3.connect(folder / "runs/smoke/study.db") as connection:
        connection.execute("UPDATE version_info SET schema_version = 99")
        connection.execute("UPDATE alembic_version SET version_num = 'v9.9.9'")


def truncated_predictor(folder: Path) -> None:
    study_file(predictor="./phone.json")(folder)
    (folder / "phone.json").write_text('{"schema_version": 1')


def file_in_the_way(folder: Path) -> None:
    (folder / "runs").write_text("a file")


CASES = {
    "no study": Case("", ("--study",)),
    "misspelt study": Case("--study latency_iphon", ("Did you mean 'latency_iphone'?", "smoke")),
    "study path": Case("--study ./none.yaml", ("no study file at './none.yaml'",)),
    "misspelt option": Case("--study smoke --trails 3", ("--trails", "Did you mean '--trials'?")),
    "abbreviated option": Case("--study smoke --tri 3", ("--tri",)),
    "no trials": Case("--study smoke --trials 0", ("--trials", "1 or more", "'0'")),
    "negative trials": Case("--study smoke --trials -3", ("--trials", "'-3'")),
    "trials in words": Case("--study smoke --trials many", ("--trials", "'many'")),
    "no time": Case("--study smoke --max-minutes 0", ("--max-minutes", "above 0")),
    "time is no number": Case("--study smoke --max-minutes nan", ("--max-minutes", "'nan'")),
    "no workers": Case("--study smoke --workers 0", ("--workers", "1 or more")),
    "negative seed": Case("--study smoke --seed -1", ("--seed", "'-1'")),
    "large seed": Case("--study smoke --seed 99999999999", ("seed", "99999999999")),
    "fresh storage": Case(
        "--study smoke --fresh --storage sqlite:///a.db", ("--fresh", "--storage")
    ),
    "storage is no URL": Case("--study smoke --storage nowhere", ("SQLAlchemy URL", "sqlite:///")),
    "storage of an unknown kind": Case(
        "--study smoke --storage nosql://user:secret@host/x", ("cannot be opened",)
    ),
    "misspelt key": Case(
        "--study ./own.yaml", ("unknown key 'trails'", "'trials'"), study_file(trails=3)
    ),
    "misspelt key inside": Case(
        "--study ./own.yaml",
        ("unknown key 'limits.latency'", "latency_ms"),
        study_file(limits={"latency": 3}),
    ),
    "misspelt space": Case(
        "--study ./own.yaml",
        ("Did you mean 'mobilevit_debug'?",),
        study_file(space="mobilevit_debgu"),
    ),
    "misspelt sampler": Case(
        "--study ./own.yaml", ("sampler 'nsga'", "'nsga2'"), study_file(sampler="nsga")
    ),
    "misspelt predictor": Case(
        "--study ./own.yaml", ("iphone12_coreml",), study_file(predictor="iphone12")
    ),
    "misspelt baseline": Case(
        "--study ./own.yaml",
        ("mobilevit_xss", "Did you mean 'mobilevit_x"),
        study_file(baselines={"mobilevit_xss": 1}),
    ),
    "a baseline left out": Case(
        "--study ./own.yaml",
        ("missing mobilevit_xs",),
        study_file(baselines={"mobilevit_s": 1, "mobilevit_xxs": 1}),
    ),
    "rate out of range": Case(
        "--study ./own.yaml",
        ("proxy.learning_rate", "7.0"),
        study_file(proxy={"learning_rate": 7.0}),
    ),
    "input and grid": Case(
        "--study ./own.yaml",
        ("multiple of mosaic_grid", "63 and 66"),
        study_file(proxy={"input_size": 64, "mosaic_grid": 3}),
    ),
    "a limit that is no number": Case(
        "--study ./own.yaml",
        ("limits.latency_ms",),
        study_file(limits={"latency_ms": float("nan")}),
    ),
    "a limit nothing keeps": Case(
        "--study ./own.yaml",
        ("none of 12 networks", "Raise the limits"),
        study_file(limits={"latency_ms": 0.01}),
    ),
    "not YAML": Case("--study ./own.yaml", ("line 1",), text_file("own.yaml", "a: [1,")),
    "a key twice": Case(
        "--study ./own.yaml",
        ("'trials' stands twice",),
        text_file("own.yaml", "trials: 1\ntrials: 2"),
    ),
    "too few patches": Case(
        "--study ./own.yaml",
        ("stage4.patch", "4 patches", "proxy.input_size"),
        space_file(axes={"stage4.patch": [2, 4]}),
    ),
    "resolution varies": Case(
        "--study ./own.yaml",
        ("varies the resolution",),
        space_file(axes={"resolution": [192, 256]}),
    ),
    "unknown images": Case("--study smoke --data imgfolder:x", ("imgfolder", "imagefolder:PATH")),
    "images missing": Case("--study smoke --data imagefolder:photos", ("photos",)),
    "no images": Case(
        "--study smoke --data imagefolder:photos",
        ("photos",),
        text_file("photos/cats/readme.txt", "none"),
    ),
    "one class": Case("--study smoke --data imagefolder:photos", ("class",), images(8)),
    "a class of one image": Case(
        "--study smoke --data imagefolder:photos", ("class1",), images(8, 1)
    ),
    "a broken image": Case(
        "--study smoke --data imagefolder:photos", ("0.png",), images(8, 8, broken=True)
    ),
    "directory in the way": Case(
        "--study smoke", ("runs/smoke", "cannot be written"), file_in_the_way
    ),
    "a directory nobody can write": Case(
        "--study smoke --run-dir /proc/nowhere/run", ("/proc/nowhere/run", "cannot be written")
    ),
    "not a database": Case(
        "--study smoke", ("cannot be opened",), text_file("runs/smoke/study.db", "x" * 4096)
    ),
    "another study": Case(
        "--study smoke", ("holds the study other", "--run-dir"), optuna_storage("other")
    ),
    "not our study": Case(
        "--study smoke", ("was not made by nasbench_mvit",), optuna_storage("smoke")
    ),
    "another schema": Case(
        "--study smoke",
        ("has schema 0", "this version reads 1"),
        optuna_storage("smoke", {"nasbench_mvit": {"schema_version": 0, "identity": {}}}),
    ),
    "another Optuna": Case("--study smoke", ("another version of Optuna",), other_optuna_schema),
    "predictor cut short": Case(
        "--study ./own.yaml",
        ("phone.json",),
        truncated_predictor,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_message_and_exit_code_2(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    case = CASES[name]
    monkeypatch.chdir(tmp_path)
    case.prepare(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert exit_code(case.args.split()) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1, message
    assert "Traceback" not in message
    assert "secret" not in message
    for needle in case.needles:
        assert needle in message
    for path, content in before.items():
        assert path.read_bytes() == content, f"{path} has changed"


def exit_code(args: list[str]) -> int:
    try:
        return search.main(args)
    except SystemExit as stopped:
        return int(stopped.code or 0)


def test_a_second_search_in_the_same_directory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs/smoke").mkdir(parents=True)
    with filelock.FileLock(tmp_path / "runs/smoke/lock"):
        assert exit_code(["--study", "smoke"]) == 2
    assert "another command is running" in capsys.readouterr().err


def test_a_damaged_record_is_named_and_left_alone(tmp_path: Path) -> None:
    optuna_storage("smoke")(tmp_path)
    url = f"sqlite:///{tmp_path}/runs/smoke/study.db"
    study = optuna.load_study(study_name="smoke", storage=url)
    study.ask().set_user_attr("nasbench_mvit", {"schema_version": 7})
    store = StudyStore(study, study._storage, Location(url, exclusive=True))  # type: ignore[arg-type]
    with pytest.raises(StoreError, match=r"trial 1 .*schema_version.*--fresh"):
        store.trials()
    assert json.dumps(study.trials[1].user_attrs) == '{"nasbench_mvit": {"schema_version": 7}}'
