"""``python -m nasbench_mvit status``: how a search is doing, in the terminal."""

from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.cli.shared.command import Command
from nasbench_mvit.cli.shared.options import Options, option
from nasbench_mvit.cli.shared.parser import directory, storage_url


@dataclass(frozen=True, kw_only=True)
class StatusOptions(Options):
    """The options of ``status``."""

    study: str = option(
        "study", metavar="STUDY", help="name or folder of a run, or file of its study"
    )
    run_dir: Path | None = option(
        type=directory, help="where the search keeps its results (default: runs/STUDY)"
    )
    storage: str | None = option(
        type=storage_url, help="SQLAlchemy URL of the store, as given to the search"
    )


def _run(options: StatusOptions) -> int:
    # Imported once the command line is known to be good: they take a second to load.
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.cli.status.console import show  # noqa: PLC0415
    from nasbench_mvit.workbench.studies.open import find_run, open_study  # noqa: PLC0415

    found = find_run(options.study, run_dir=options.run_dir, storage=options.storage)
    show(plain_console(), open_study(found.place, name=found.name), found.run_dir)
    return 0


main = Command(
    prog="python -m nasbench_mvit status",
    description="Show how a search is doing: trials by state, the front so far, what runs, "
    "failures and their reasons, the time left. It only reads.",
    options=StatusOptions,
    run=_run,
)
