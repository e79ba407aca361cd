"""``python -m nasbench_mvit status``: how a search is doing, in the terminal."""

import argparse
from pathlib import Path

from nasbench_mvit.cli.shared.command import Command
from nasbench_mvit.cli.shared.parser import Parser, directory, given, storage_url
from nasbench_mvit.io.catalogue import SUFFIXES


def _options(parser: Parser) -> None:
    add = parser.add_argument
    add("study", metavar="STUDY", type=given, help="name or file of a study, or folder of a run")
    add(
        "--run-dir", type=directory, help="where the search keeps its results (default: runs/STUDY)"
    )
    add("--storage", type=storage_url, help="SQLAlchemy URL of the store, as given to the search")


def _run(options: argparse.Namespace) -> int:
    # Imported once the command line is known to be good: they take a second to load.
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.cli.status.console import show  # noqa: PLC0415
    from nasbench_mvit.workbench.studies.open import open_study, store_in  # noqa: PLC0415

    given_study = Path(options.study)
    is_file = given_study.suffix in SUFFIXES  # whose run has the name of its stem
    name: str | None = given_study.stem if is_file else options.study
    run_dir = options.run_dir or Path("runs") / str(name)
    is_run = given_study.is_dir() and store_in(given_study).is_file()
    if is_run and not (options.run_dir or options.storage):
        run_dir, name = given_study, None
    show(plain_console(), open_study(options.storage or run_dir, name=name), run_dir)
    return 0


main = Command(
    prog="python -m nasbench_mvit status",
    description="Show how a search is doing: trials by state, the front so far, what runs, "
    "failures and their reasons, the time left. It only reads.",
    options=_options,
    run=_run,
)
