"""The commands that go on from what a study has found."""

import shlex
from pathlib import Path

FINALISTS = 5
WHY_FINALISTS = (
    "The scores above flatter: a front is the best of many noisy draws. This trains some of its "
    "networks anew and scores them once on images no search has seen"
)


def search_command(study: str, run_dir: Path, *, finalists: int = 0) -> str:
    """Return the command that resumes a search, or that trains its finalists."""
    command = f"python -m nasbench_mvit.search {_place(study, run_dir)}"
    return f"{command} --finalists {finalists}" if finalists else command


def export_command(study: str, run_dir: Path, trial: int) -> str:
    """Return the command that exports a network with the weights of its training."""
    return (
        f"python -m nasbench_mvit export {_place(study, run_dir)} --trial {trial} "
        "--weights proxy --format onnx"
    )


def _place(study: str, run_dir: Path) -> str:
    return f"--study {shlex.quote(study)} --run-dir {shlex.quote(str(run_dir))}"


def next_step(
    study: str, run_dir: Path, *, is_done: bool, best: int | None, has_final: bool
) -> tuple[str, str]:
    """Return what to do next, and the command that does it.

    Args:
        study: its name.
        run_dir: its folder.
        is_done: whether its budget is spent.
        best: the trial of the recommended network, None without one.
        has_final: whether its finalists were trained anew.
    """
    if best is None or not is_done:
        return "The search is not at its end; this goes on with it", search_command(study, run_dir)
    if not has_final:
        return WHY_FINALISTS, search_command(study, run_dir, finalists=FINALISTS)
    return (
        "This exports it (add coreml for an iPhone, executorch for Android)",
        export_command(study, run_dir, best),
    )
