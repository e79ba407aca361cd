"""Runs as folders of TensorBoard's event files."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nasbench_mvit.errors import TrackerError
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.io.system import extras
from nasbench_mvit.io.text_files import check_name
from nasbench_mvit.workbench.trackers.contract import Run, RunName, Value

MAX_TEXT_BYTES = 100_000  # of a file that is shown as text
TEXTS = {".json": "json", ".csv": "", ".md": "", ".yaml": "yaml", ".txt": ""}


class TensorBoardRun:
    """A folder of events."""

    def __init__(self, folder: Path, id_: str, params: Mapping[str, Value], library: Any) -> None:
        """Write into ``folder``, from the first point on."""
        self.id = id_
        self.link = str(folder)
        self._folder = folder
        self._params = dict(params)
        self._library = library
        self.known: Mapping[str, set[int]] = _steps(folder)
        self._opened: Any = None
        self._last: dict[str, float] = {}

    def metrics(self, values: Mapping[str, float], step: int) -> None:
        """Add points."""
        writer = self._writer()
        for name, value in values.items():
            writer.add_scalar(name, value, step)
        self._last |= values
        writer.flush()

    def file(self, path: Path) -> None:
        """Show the content of a text file; TensorBoard has no place for others."""
        if path.suffix not in TEXTS or path.stat().st_size > MAX_TEXT_BYTES:
            return
        text = path.read_text(encoding="utf-8")
        self._writer().add_text(
            path.name,
            text if path.suffix == ".md" else f"```{TEXTS[path.suffix]}\n{text}\n```",
        )

    def close(self, *, failed: bool) -> None:
        """Write the row of the table of hyperparameters, and the rest."""
        if self._last and not failed:  # add_hparams would add a point at step 0 to each curve
            for summary in self._library.summary.hparams(self._params, self._last):
                self._writer().file_writer.add_summary(summary)
        if self._opened is not None:
            self._opened.close()

    def _writer(self) -> Any:
        if self._opened is None:
            self._opened = self._library.SummaryWriter(str(self._folder))
            rows = "".join(f"| {name} | {value} |\n" for name, value in self._params.items())
            self._opened.add_text("parameters", f"| | |\n|---|---|\n{rows}")
        return self._opened


def _steps(folder: Path) -> dict[str, set[int]]:
    """Return the steps of the points in a folder, by the name of their curve."""
    if not any(folder.iterdir()):
        return {}
    reader = extras.load("tensorboard.backend.event_processing.event_accumulator")
    events = reader.EventAccumulator(str(folder), {reader.SCALARS: 0}).Reload()
    return {
        name: {event.step for event in events.Scalars(name)} for name in events.Tags()["scalars"]
    }


class TensorBoardTracker:
    """Folders of runs below one folder."""

    def __init__(self, place: str) -> None:
        """Use the folder ``place``.

        Raises:
            ImportError: TensorBoard is not installed.
            TrackerError: the path of the folder is not UTF-8.
        """
        extras.load("tensorboard")
        self._library = extras.load("torch.utils.tensorboard")
        self._folder = expanded(place).absolute()
        check_name(str(self._folder), "the folder of TensorBoard", TrackerError)

    def open(
        self, name: RunName, params: Mapping[str, Value], known: str | None, whole: Run | None
    ) -> TensorBoardRun:
        """Return a run in a folder of its name; a new one in a folder that is not there yet."""
        parts = [re.sub(r"[^\w.=+-]+", "_", part) for part in (name.whole, name.part) if part]
        if whole is not None:
            parts[0] = whole.id
        id_ = known or self._free("/".join(parts))
        folder = self._folder / id_
        folder.mkdir(parents=True, exist_ok=True)
        return TensorBoardRun(folder, id_, params, self._library)

    def _free(self, wanted: str) -> str:
        id_, count = wanted, 1
        while (self._folder / id_).exists():
            count += 1
            id_ = f"{wanted}_{count}"
        return id_
