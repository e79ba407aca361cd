"""Wrong options: what is given on the command line."""

from pathlib import Path

import pytest
from bad_input import Case, Refuses, images, text_file

MANY_DIGITS = "9" * 5000  # more than Python turns into a number


def file_in_the_way(folder: Path) -> None:
    (folder / "runs").write_text("a file")


def study_in_a_folder_of_its_name(folder: Path) -> None:
    (folder / "mine.yaml").mkdir()


def earlier_run(folder: Path) -> None:
    (folder / "runs/smoke").mkdir(parents=True)
    (folder / "runs/smoke/study.db").touch()
    (folder / "runs/smoke/front.json").write_text("{}")


CASES = {
    "no study": Case("", ("--study",)),
    "a surrogate of classifiers for detectors": Case(
        "--study detection_iphone --evaluator surrogate",
        ("is of classification, and the study is of detection", "--evaluator training"),
    ),
    "a supernet for detectors": Case(
        "--study detection_iphone --evaluator supernet --supernet own.safetensors",
        ("scores networks that classify", "this study is of detection", "--evaluator training"),
    ),
    "empty study": Case(("--study", ""), ("unknown study ''", "detection_iphone")),
    "misspelt study": Case(
        "--study latency_iphon", ("Did you mean 'latency_iphone'?", "detection_iphone")
    ),
    "study path": Case("--study ./none.yaml", ("no study file at './none.yaml'",)),
    "a folder for a study": Case(
        "--study mine.yaml", ("no study file at 'mine.yaml'",), study_in_a_folder_of_its_name
    ),
    "a study's path beyond all measure": Case(
        f"--study ./{'x' * 300}.yaml", ("File name too long", "Correct the path")
    ),
    "a study of two lines": Case(("--study", "smo\nke\x1b[2J"), ("unknown study 'smo ke",)),
    "a study without its option": Case("smoke --study smoke", ("unknown argument 'smoke'",)),
    "misspelt option": Case("--study smoke --trails 3", ("--trails", "Did you mean '--trials'?")),
    "abbreviated option": Case("--study smoke --tri 3", ("--tri",)),
    "an option without its value": Case("--study smoke --trials", ("--trials", "one argument")),
    "an unknown tracker": Case(
        "--study smoke --track mlflwo:x", ("--track", "Did you mean 'mlflow'?", "tensorboard:DIR")
    ),
    "a tracker without a place": Case("--study smoke --track wandb:", ("--track", "no place")),
    "a tracker whose library is missing": Case(
        "--study smoke --track trackio:p", ("--track trackio:p", "extra 'trackio'")
    ),
    "a tracker out of reach": Case(
        "--study smoke --track mlflow:http://127.0.0.1:9", ("--track", "Correct it")
    ),
    "no trials": Case("--study smoke --trials 0", ("--trials", "1 or more", "'0'")),
    "negative trials": Case("--study smoke --trials -3", ("--trials", "'-3'")),
    "trials in words": Case("--study smoke --trials many", ("--trials", "'many'")),
    "half a trial": Case("--study smoke --trials 1.5", ("--trials", "whole number", "'1.5'")),
    "trials without end": Case(f"--study smoke --trials {MANY_DIGITS}", ("--trials", "number")),
    "no time": Case("--study smoke --max-minutes 0", ("--max-minutes", "above 0")),
    "time is no number": Case("--study smoke --max-minutes nan", ("--max-minutes", "'nan'")),
    "time without end": Case("--study smoke --max-minutes inf", ("--max-minutes", "'inf'")),
    "no workers": Case("--study smoke --workers 0", ("--workers", "1 or more")),
    "an army of workers": Case(
        "--study smoke --workers 1000000000", ("--workers", "at most 1024", "1000000000")
    ),
    "no finalists": Case("--study smoke --finalists 0", ("--finalists", "1 or more", "'0'")),
    "finalists in words": Case("--study smoke --finalists all", ("--finalists", "'all'")),
    "finalists without their number": Case("--study smoke --finalists", ("--finalists",)),
    "a finalist without a spread": Case(
        "--study smoke --finalists 2 --finalist-seeds 1", ("--finalist-seeds", "from 2 to", "'1'")
    ),
    "finalists for ever": Case(
        "--study smoke --finalists 2 --finalist-seeds 9999", ("--finalist-seeds", "to 1000")
    ),
    "seeds of no finalists": Case(
        "--study smoke --finalist-seeds 3", ("--finalist-seeds", "needs --finalists N")
    ),
    "negative seed": Case("--study smoke --seed -1", ("--seed", "'-1'")),
    "large seed": Case("--study smoke --seed 99999999999", ("seed", "99999999999")),
    "a seed without end": Case(f"--study smoke --seed {MANY_DIGITS}", ("--seed",)),
    "no data": Case(("--study", "smoke", "--data", ""), ("unknown image source ''", "embedded")),
    "data of another kind": Case(
        "--study smoke --data imgfolder:x", ("imgfolder", "imagefolder:PATH")
    ),
    "data without its path": Case(
        "--study smoke --data imagefolder:", ("imagefolder:", "imagefolder:PATH")
    ),
    "fresh storage": Case(
        "--study smoke --fresh --storage sqlite:///a.db", ("--fresh", "--storage")
    ),
    "fresh over what is no run": Case(
        "--study smoke --fresh --run-dir photos", ("photos", "no run", "--run-dir"), images(8, 8)
    ),
    "fresh with images that are not there": Case(
        "--study smoke --fresh --data imagefolder:nope", ("nope",), earlier_run
    ),
    "no storage": Case(("--study", "smoke", "--storage", ""), ("--storage", "empty")),
    "storage is no URL": Case("--study smoke --storage nowhere", ("SQLAlchemy URL", "sqlite:///")),
    "storage of an unknown kind": Case(
        "--study smoke --storage nosql://user:secret@host/x", ("nosql", "cannot be opened")
    ),
    "storage at no port": Case(
        "--study smoke --storage postgresql://user:secret@host:port/x", ("SQLAlchemy URL",)
    ),
    "storage without its driver": Case(
        "--study smoke --storage oracle://user:secret@host/x", ("cannot be opened", "driver")
    ),
    "storage in no folder": Case(
        "--study smoke --storage sqlite:///none/a.db", ("no folder none", "--storage")
    ),
    "directory in the way": Case(
        "--study smoke", ("runs/smoke", "cannot be written"), file_in_the_way
    ),
    "a directory nobody can write": Case(
        "--study smoke --run-dir /proc/nowhere/run", ("/proc/nowhere/run", "cannot be written")
    ),
    "a directory no URL can name": Case(
        "--study smoke --run-dir what?", ("what?", "'?'", "--run-dir")
    ),
    "a file for a directory": Case(
        "--study smoke --run-dir notes", ("notes", "cannot be written"), text_file("notes", "mine")
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_message_and_exit_code_2(name: str, refuses: Refuses) -> None:
    refuses(CASES[name])
