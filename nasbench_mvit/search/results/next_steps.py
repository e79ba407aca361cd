"""The commands that go on from what a study has found."""

import os
import shlex
from pathlib import Path

from nasbench_mvit.search.study.config import SUPERNET, TRAINING, StudyConfig
from nasbench_mvit.search.study.on_images import PACKAGED_DATA

FINALISTS = 5
WHY_FINALISTS = (
    "The scores above flatter: a front is the best of many noisy draws. This trains some of its "
    "networks anew and scores them once on images no search has seen"
)


def named_by_url(name: str, url: str) -> str:
    """Return the arguments that name a study in a store outside its folder.

    The URL of a server may hold a password and is not shown.
    """
    shown = url if url.startswith("sqlite:") else "URL"
    return f"{shlex.quote(name)} --storage {shlex.quote(shown)}"


def search_command(run_dir: Path, *, finalists: int = 0, stored_as: str | None = None) -> str:
    """Return the command that resumes a search, or that trains its finalists.

    It names the folder, whose store has the study with the options that it was started with, or
    the study in a store elsewhere, as ``named_by_url`` returns it.
    """
    command = f"python -m nasbench_mvit.search --study {_place(run_dir, stored_as)}"
    return f"{command} --finalists {finalists}" if finalists else command


def export_command(run_dir: Path, trial: int, *, stored_as: str | None = None) -> str:
    """Return the command that exports a classifier with the weights of its training."""
    return (
        f"python -m nasbench_mvit export --study {_place(run_dir, stored_as)} --trial {trial} "
        "--weights proxy --format onnx"
    )


def train_command(run_dir: Path, trial: int, *, stored_as: str | None = None) -> str:
    """Return the command that trains a detector or segmenter in full, on images to be named."""
    return (
        f"python -m nasbench_mvit train --study {_place(run_dir, stored_as)} --trial {trial} "
        "--data coco:FOLDER"
    )


def _place(run_dir: Path, stored_as: str | None) -> str:
    """Return a folder as an argument that is not taken for the name of a study."""
    if stored_as is not None:
        return f"{stored_as} --run-dir {shlex.quote(str(run_dir))}"
    path = str(run_dir)
    return shlex.quote(path if os.sep in path else os.path.join(os.curdir, path))  # noqa: PTH118 - a Path drops the "."


def may_have_finalists(config: StudyConfig) -> bool:
    """Return whether a study can train and has, for certain, test images that no search has seen.

    Images of one's own have them where they come with a test split.
    """
    trains = config.evaluator in {TRAINING, SUPERNET}
    return trains and config.proxy.classifies and config.data in PACKAGED_DATA


def next_step(
    config: StudyConfig,
    run_dir: Path,
    *,
    is_done: bool,
    best: int | None,
    has_final: bool,
    stored_as: str | None = None,
) -> tuple[str, str]:
    """Return the next step in words, and its command.

    Args:
        config: the study.
        run_dir: its folder.
        is_done: whether its budget is spent.
        best: the trial of the recommended network, None without one.
        has_final: whether its finalists were retrained.
        stored_as: what names it in a store that is not in its folder, else None.
    """
    if best is None or not is_done:
        return "The search is not at its end; this goes on with it", search_command(
            run_dir, stored_as=stored_as
        )
    if not has_final and may_have_finalists(config):
        return WHY_FINALISTS, search_command(run_dir, finalists=FINALISTS, stored_as=stored_as)
    if not config.proxy.classifies:
        return (
            "This trains it in full, with its head (voc:FOLDER for images in that format)",
            train_command(run_dir, best, stored_as=stored_as),
        )
    return (
        "This exports it (add coreml for an iPhone, litert or executorch for Android)",
        export_command(run_dir, best, stored_as=stored_as),
    )
