"""The options that name a network: a trial of a study, or a published one or a spec.json."""

import argparse
from typing import TYPE_CHECKING

from nasbench_mvit.cli.shared.parser import directory, natural_int, positive_ms, storage_url
from nasbench_mvit.errors import WorkbenchError

if TYPE_CHECKING:
    from nasbench_mvit.workbench.shared.described_network import NetworkDescription


def add_study_options(parser: argparse.ArgumentParser, study_help: str) -> None:
    """Add the options that choose a trial of a study."""
    add = parser.add_argument
    add("--study", help=study_help)
    add("--trial", type=natural_int, help="its trial of this number; S, XS and XXS are 0, 1 and 2")
    add(
        "--best-under",
        type=positive_ms,
        metavar="MS",
        help="its most accurate network whose latency, the upper end, is at most this",
    )
    add("--run-dir", type=directory, help="where the study's results are (default: runs/STUDY)")
    add("--storage", type=storage_url, help="SQLAlchemy URL of the study's store, if not study.db")


def check_study_options(options: argparse.Namespace, error: type[WorkbenchError]) -> None:
    """Refuse options of a study that do not go together.

    Raises:
        WorkbenchError: the options do not go together; of class ``error``.
    """
    chosen = [name for name in ("trial", "best_under") if getattr(options, name) is not None]
    if options.study is not None and len(chosen) != 1:
        raise error("--study needs either --trial N or --best-under MS; give one of them.")
    for name in ("trial", "best_under", "run_dir", "storage"):
        if options.study is None and getattr(options, name) is not None:
            raise error(f"--{name.replace('_', '-')} says something of a --study; add that.")


def network_of(options: argparse.Namespace) -> "NetworkDescription":
    """Return the network that --study or, kept as ``spec``, another option names.

    Raises:
        WorkbenchError: there is no such study or trial in it.
    """
    # Imported once the command line is known to be good: they take a second to load.
    from nasbench_mvit.workbench.shared.described_network import StudyTrial  # noqa: PLC0415
    from nasbench_mvit.workbench.studies.open import find_run, open_study  # noqa: PLC0415

    if options.study is None:
        name_or_path: str = options.spec
        return name_or_path
    found = find_run(options.study, run_dir=options.run_dir, storage=options.storage)
    study = open_study(found.place, name=found.name)
    number = options.trial
    if number is None:
        number = study.best_under(options.best_under).trial
    return StudyTrial(study=study, number=number, run_dir=found.run_dir)
