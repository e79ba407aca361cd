"""Names of files that are no UTF-8, and paths of what is no file."""

import os
import shutil
from pathlib import Path

import pytest
from bad_input import Case, Prepare, Refuses, study_file, text_file

from nasbench_mvit.architecture.published import published
from nasbench_mvit.cli.evaluate import command as evaluate
from nasbench_mvit.cli.export import command as export
from nasbench_mvit.cli.predictor import command as predictor
from nasbench_mvit.io import text_files

CAFE = os.fsdecode(b"caf\xe9")
SHOWN = "caf\\udce9"
NOT_UTF8 = f"{SHOWN}{{}}' has a name that is not UTF-8"


def study_of_that_name(folder: Path) -> None:
    study_file()(folder)
    shutil.move(folder / "own.yaml", folder / f"{CAFE}.yaml")


def pipe(name: str) -> Prepare:
    return lambda folder: os.mkfifo(folder / name)


NAMES = {
    "a study": Case(
        f"--study ./{CAFE}.yaml", ("the study", NOT_UTF8.format("")), study_of_that_name
    ),
    "weights": Case(
        f"--weights {CAFE}.safetensors --data embedded",
        ("the weights file", NOT_UTF8.format(".safetensors"), "Rename it"),
        text_file(f"{CAFE}.safetensors", ""),
        evaluate.main,
    ),
    "a network": Case(
        f"--spec {CAFE}.json --weights random --format torch --out out",
        (NOT_UTF8.format(".json"),),
        text_file(f"{CAFE}.json", published("mobilevit_xxs").to_json()),
        export.main,
    ),
    "an export": Case(
        f"--spec mobilevit_xxs --weights random --format torch --out {CAFE}",
        ("--out", NOT_UTF8.format("")),
        main=export.main,
    ),
    "a predictor": Case(
        f"fit none.jsonl --output {CAFE}.json",
        ("--output", NOT_UTF8.format("")),
        main=predictor.main,
    ),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_would_be_stored_is_refused(name: str, refuses: Refuses) -> None:
    refuses(NAMES[name])


NO_FILES = {
    "labels": Case(
        "--weights none.safetensors --data embedded --labels pipe",
        ("--labels: pipe", "into which nothing was written"),
        pipe("pipe"),
        evaluate.main,
    ),
    "a study": Case(
        "--study ./pipe.yaml", ("pipe.yaml", "into which nothing was written"), pipe("pipe.yaml")
    ),
    "a predictor": Case(
        "--study smoke --predictor ./pipe.json",
        ("pipe.json", "into which nothing was written"),
        pipe("pipe.json"),
    ),
    "records": Case(
        "fit pipe --output mine.json",
        ("pipe", "into which nothing was written"),
        pipe("pipe"),
        predictor.main,
    ),
    "a device": Case(
        "fit /dev/zero --output mine.json", ("/dev/zero", "a device"), main=predictor.main
    ),
    "weights": Case(
        "--weights pipe.safetensors --data embedded",
        ("pipe.safetensors", "a pipe or a device"),
        pipe("pipe.safetensors"),
        evaluate.main,
    ),
}


@pytest.mark.parametrize("name", NO_FILES)
def test_what_is_no_file_is_refused(
    name: str, refuses: Refuses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_files, "PATIENCE_S", 0.01)
    refuses(NO_FILES[name])
