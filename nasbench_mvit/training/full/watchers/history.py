"""``history.json``: the scores after each epoch of a full training."""

import json
from collections.abc import Sequence
from pathlib import Path

from nasbench_mvit.io.text_files import write_text
from nasbench_mvit.training.full.watcher import EpochReport, Watcher

HISTORY = "history.json"


class History(Watcher):
    """Keeps ``history.json`` up with the curve of a training."""

    def __init__(self, path: Path, curve: Sequence[EpochReport]) -> None:
        """Write the curve of a training, which grows, to ``path``."""
        self._path = path
        self._curve = curve

    def epoch(self, _report: EpochReport) -> None:
        """Write all epochs so far."""
        content = [report.to_dict() for report in self._curve]
        write_text(self._path, json.dumps(content, indent=1))


def read_history(folder: Path) -> list[EpochReport]:
    """Return the scores after each epoch that a job has left in its folder."""
    content = json.loads((folder / HISTORY).read_text(encoding="utf-8"))
    return [EpochReport.from_dict(entry) for entry in content]
