"""The options that choose a network of a study."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from nasbench_mvit.cli.shared.options import Options, option
from nasbench_mvit.cli.shared.parser import directory, natural_int, positive_ms, storage_url
from nasbench_mvit.errors import WorkbenchError

if TYPE_CHECKING:
    from nasbench_mvit.workbench.shared.described_network import NetworkDescription


@dataclass(frozen=True, kw_only=True)
class NetworkOptions(Options):
    """The options that choose a trial of a study."""

    study: str | None = option(
        type=str, help="take the network from the run of this study (name or path)"
    )
    trial: int | None = option(
        type=natural_int, help="number of the trial; S, XS and XXS are 0, 1 and 2"
    )
    best_under: float | None = option(
        type=positive_ms,
        metavar="MS",
        help="take the most accurate network whose latency interval ends at MS or below",
    )
    run_dir: Path | None = option(
        type=directory, help="where the study's results are (default: runs/STUDY)"
    )
    storage: str | None = option(
        type=storage_url, help="SQLAlchemy URL of the study's store, if not study.db"
    )

    def check_together(self, error: type[WorkbenchError]) -> None:
        """Refuse options of a study that do not go together.

        Raises:
            WorkbenchError: the options do not go together; of class ``error``.
        """
        given = [flag for flag, _ in self.not_default()]
        if self.study is None and given:
            raise error(f"{given[0]} belongs to a --study; add it.")
        if self.study is not None and (self.trial is None) == (self.best_under is None):
            raise error("--study needs either --trial N or --best-under MS; give one of them.")

    def network(self, name_or_path: str | None) -> "NetworkDescription | None":
        """Return the chosen network, or without a study ``name_or_path``.

        Raises:
            WorkbenchError: there is no such study or trial in it.
        """
        # Imported once the command line is known to be good: they take a second to load.
        from nasbench_mvit.workbench.shared.described_network import StudyTrial  # noqa: PLC0415
        from nasbench_mvit.workbench.studies.open import find_run, open_study  # noqa: PLC0415

        if self.study is None:
            return name_or_path
        found = find_run(self.study, run_dir=self.run_dir, storage=self.storage)
        study = open_study(found.place, name=found.name)
        number = self.trial
        if self.best_under is not None:
            number = study.best_under(self.best_under).trial
        return StudyTrial(study=study, number=cast("int", number), run_dir=found.run_dir)
