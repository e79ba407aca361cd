"""Writing the formats of one network one after another, each checked and described at once."""

from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from nasbench_mvit.export.answers import FloatArray
from nasbench_mvit.export.card import check_text
from nasbench_mvit.export.check import compare, torch_logits
from nasbench_mvit.export.formats.by_name import FORMATS, partition_of
from nasbench_mvit.export.formats.contract import Format, Notes
from nasbench_mvit.export.interface import Precision
from nasbench_mvit.export.manifest import Check, FormatRecord
from nasbench_mvit.export.network import Network
from nasbench_mvit.export.package import Package, file_record
from nasbench_mvit.workbench.exports.weights import Weights
from nasbench_mvit.workbench.shared.observer import Observer

TORCH = "torch"


class Writer:
    """Writes one network in one precision into one folder."""

    def __init__(
        self,
        network: Network,
        weights: Weights,
        precision: Precision,
        package: Package,
        observer: Observer,
    ) -> None:
        """Draw the images to calibrate and to check with."""
        self._network = network
        self._weights = weights
        self._precision = precision
        self._package = package
        self._observer = observer
        self._calibration = weights.images.to_calibrate()
        self._samples = weights.images.to_check(precision)
        self._expected: FloatArray | None = None

    def write(self, name: str) -> str | None:
        """Write a format; return why it may not be used, None if nothing speaks against it.

        Raises:
            ExportError: it cannot be written.
            OSError: the disk is full, or the folder may not be written.
        """
        form, folder = FORMATS[name], self._package.folder
        self._observer.note(f"{form.title}: writing {folder / form.files[0]} …")
        notes = form.write(folder, self._network, self._precision, self._calibration)
        check = self._check(folder / form.files[0], form)
        spec = self._network.spec
        told = partition_of(form, spec, self._precision)  # beforehand
        notes = (*notes, *self._remarks(check))
        record = FormatRecord(
            title=form.title,
            files=tuple(file_record(folder / file) for file in form.files),
            precision=form.precisions[self._precision],
            interface=form.interface(spec.task) if form.interface else "",
            check=check,
            images=self._package.manifest.images,
            unchecked=form.unchecked,
            failure=None if check is None else check.failure(self._precision),
            notes=(*told, *notes),
            versions={package: metadata.version(package) for package in form.packages or (TORCH,)},
            written=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        self._package.add(name, record)
        self._tell(record, notes)
        return record.failure

    def _check(self, path: Path, form: Format) -> Check | None:
        """Compare a file with torch, None where nothing runs it here."""
        if form.open is None:
            return None
        if self._expected is None:
            self._expected = torch_logits(self._network, self._samples)
        runtime = form.open(path)
        return compare(
            self._expected,
            runtime.run(self._samples, self._network.spec.resolution),
            self._samples,
            self._network.classes,
            runtime=runtime.name,
            task=self._network.spec.task,
        )

    def _remarks(self, check: Check | None) -> list[str]:
        """Return a remark on weights of another size than the file's, where they may be useless."""
        trained_px, side = self._weights.trained_px, self._network.spec.resolution
        if trained_px in {None, side}:
            return []
        text = f"the weights were trained at {trained_px} px, this file takes {side} px"
        if check is not None and check.top1_torch is not None:
            chance = 1 / len(self._network.classes.names)
            text += (
                f"; torch's own top-1 at that is {check.top1_torch:.1%} (by chance {chance:.1%})"
            )
        return [
            f"{text}. An export at {trained_px} px makes a file of the size they were trained at"
        ]

    def _tell(self, record: FormatRecord, notes: Notes) -> None:
        result = record.unchecked if record.check is None else check_text(record.check)
        self._observer.note(f"{record.title}: {result}")
        for note in notes:
            self._observer.note(f"{record.title}: {note}")
        if record.failure is not None:
            self._observer.note(f"{record.title}: do not use this file: {record.failure}")
