"""NodeEvaluator: an evaluator whose unfinished trainings another machine can resume."""

import socket
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.errors import StudyError, listed
from nasbench_mvit.search.evaluators.checkpoint_storage import CheckpointStorage
from nasbench_mvit.search.evaluators.proxy import (
    EndedAtRungError,
    PortableEvaluator,
    Report,
)
from nasbench_mvit.search.trials.snapshot import software_versions
from nasbench_mvit.training.proxy.result import FractionReport, NonFiniteLossError, TrainingResult


@dataclass(frozen=True)
class NodeEvaluator:
    """Evaluates on any machine of a cluster, with checkpoints in a shared storage.

    A training resumes from the last report of its previous attempt; its checkpoint is in the
    storage before each report.

    Attributes:
        evaluator: the evaluator of each machine.
        storage: the shared checkpoint storage, prepared by the driver.
        versions: the driver's versions of the software that may change a result.
    """

    evaluator: PortableEvaluator
    storage: CheckpointStorage
    versions: Mapping[str, str]

    def __call__(self, spec: Network, seed: int, report: Report) -> TrainingResult:
        """Train ``spec`` with ``seed``.

        Raises:
            StudyError: this machine does not see the storage, or has other software.
        """
        self._check_versions()
        name = self.evaluator.checkpoint_name(spec, seed)
        attempt = self.storage.begin(name)
        with tempfile.TemporaryDirectory(prefix="nasbench_mvit-") as folder:
            checkpoint = Path(folder, name)
            attempt.fetch(checkpoint)

            def keep_and_report(fraction: FractionReport) -> None:
                attempt.keep(checkpoint)
                report(fraction)

            try:
                result = self.evaluator.on_node(Path(folder))(spec, seed, keep_and_report)
            except (EndedAtRungError, NonFiniteLossError):
                attempt.clear()
                raise
        attempt.clear()
        return result

    def _check_versions(self) -> None:
        here = software_versions()
        other = [
            f"{package} {here[package]} in place of {version}"
            for package, version in self.versions.items()
            if package in here and here[package] != version
        ]
        if other:
            raise StudyError(
                f"{socket.gethostname()} has {listed(other)}, which may give other results than "
                "the driver's. Install the same versions on all machines, with constraints.txt."
            )
