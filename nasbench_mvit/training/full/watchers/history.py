"""``history.json``: the scores after each epoch of a full training."""

import json
from dataclasses import asdict
from pathlib import Path

from nasbench_mvit.io.text_files import write_text
from nasbench_mvit.training.full.loop import FullTraining
from nasbench_mvit.training.full.watcher import EpochReport, Watcher

HISTORY = "history.json"


class History(Watcher):
    """Keeps ``history.json`` up with the curve of a training."""

    def __init__(self, path: Path, training: FullTraining) -> None:
        """Write the curve of a training to ``path``."""
        self._path = path
        self._training = training

    def epoch(self, _report: EpochReport) -> None:
        """Write all epochs so far."""
        content = [asdict(report) for report in self._training.curve]
        write_text(self._path, json.dumps(content, indent=1))


def read_history(folder: Path) -> list[EpochReport]:
    """Return the scores after each epoch that a job has left in its folder."""
    content = json.loads((folder / HISTORY).read_text(encoding="utf-8"))
    return [EpochReport(**entry) for entry in content]
