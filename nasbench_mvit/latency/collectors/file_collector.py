"""What collectors that time files, and have no screen of their own, share."""

from collections.abc import Sequence

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.latency.collectors.model_files import ModelFiles
from nasbench_mvit.latency.records.protocol import Progress
from nasbench_mvit.latency.target import Target


class FileCollector:
    """A ``Collector`` of files but for ``measure``; who inherits it sets ``_target``."""

    _target: Target

    def __init__(self, models: ModelFiles) -> None:
        """Use the networks' files."""
        self._models = models

    @property
    def target(self) -> Target:
        """What is measured on."""
        return self._target

    def prepare(self, networks: Sequence[MobileViTSpec]) -> None:
        """Export what is missing."""
        self._models.prepare(networks)

    def show(self, progress: Progress) -> None:
        """Show nothing: this machine's terminal does."""

    def release(self, networks: Sequence[MobileViTSpec]) -> None:
        """Remove the networks' files; elsewhere none is left."""
        self._models.release(networks)

    def close(self) -> None:
        """End the exporting process."""
        self._models.close()
