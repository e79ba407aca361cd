"""Which reports of ablations are open: those of the folders given, or all below ``runs/``."""

from collections.abc import Sequence
from pathlib import Path

from nasbench_mvit.ablation.results.document import FILE
from nasbench_mvit.dashboard.runs import RUNS


def report_files(run_dirs: Sequence[str]) -> list[Path]:
    """Return the reports to show, each once.

    Args:
        run_dirs: folders of runs, or stores; when empty, all runs below ``runs/``. One command
            may leave several ablations, each in a folder of its own within that of the run.
    """
    if run_dirs:
        folders = [path if path.is_dir() else path.parent for path in map(Path, run_dirs)]
        found = [file for folder in folders for file in _within(folder)]
    else:
        found = sorted([*RUNS.glob(f"*/{FILE}"), *RUNS.glob(f"*/*/{FILE}")])
    return list(dict.fromkeys(found))


def _within(folder: Path) -> list[Path]:
    return sorted([*folder.glob(FILE), *folder.glob(f"*/{FILE}")])
