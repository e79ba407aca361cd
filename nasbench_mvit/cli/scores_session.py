"""Training-free scores of a table: what ``cli.table scores`` runs once its options are known."""

import time
from pathlib import Path

import torch
from rich.console import Console

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.benchmark.scores.archive import ScoreArchive
from nasbench_mvit.benchmark.scores.report import report
from nasbench_mvit.benchmark.scores.standing import Scored
from nasbench_mvit.cli.parser import INTERRUPTED
from nasbench_mvit.cli.run_directory import locked, termination_as_interrupt
from nasbench_mvit.errors import ScoreError
from nasbench_mvit.io.atomic import atomic_write
from nasbench_mvit.surrogate.model import check_installed
from nasbench_mvit.table.benchmark import Benchmark
from nasbench_mvit.table.schema import About
from nasbench_mvit.training.data import open_images
from nasbench_mvit.training.recipe import ProxyConfig
from nasbench_mvit.training_free.names import NAMES
from nasbench_mvit.training_free.scores import score
from nasbench_mvit.training_free.untrained import Start

FILE = "scores.parquet"
REPORT = "report.md"


def score_table(console: Console, *, table: str, seed: int, run_dir: Path) -> int:
    """Score the networks that are not scored yet, by one thread; return the exit code.

    Raises:
        WorkbenchError: the table, its images or the folder is not usable, scikit-learn is not
            installed, or a score is not finite; the scores before it are kept.
    """
    check_installed()
    benchmark = Benchmark.load(table)
    start = _start(benchmark.about, seed)
    torch.set_num_threads(1)
    with locked(run_dir, elsewhere="--run-dir"), termination_as_interrupt():
        archive = ScoreArchive(run_dir / FILE, benchmark.about, seed=seed)
        missing = archive.missing(benchmark.specs())
        ended = len(benchmark) - len(missing)
        console.print(f"{len(benchmark)} networks, {ended} of them scored")
        try:
            for done, spec in enumerate(missing, start=ended + 1):
                console.print(f"{done} of {len(benchmark)}: {_score(spec, start, archive)}")
        except KeyboardInterrupt:
            console.print("stopped; the same command again goes on from here")
            return INTERRUPTED
        text = report(Scored.of(benchmark, archive.rows, seed=seed))
        with atomic_write(run_dir / REPORT) as file:
            file.write(text.encode())
    console.print(text, markup=False, soft_wrap=True)
    console.print(f"see {run_dir / REPORT}")
    return 0


def _start(about: About, seed: int) -> Start:
    """Return what the table's trainings with a seed began with."""
    proxy = ProxyConfig.model_validate(about.proxy)
    data = open_images(about.data, cell_size=proxy.cell_size, seed=about.data_seed)
    if data.fingerprint != about.images:
        raise ScoreError(
            f"the table {about.name} was made with images of the fingerprint {about.images}, but "
            f"those of '{about.data}' have {data.fingerprint} by now. Bring its images back, or "
            "build the table anew."
        )
    return Start.of(proxy, data, seed)


def _score(spec: MobileViTSpec, start: Start, archive: ScoreArchive) -> str:
    """Score and keep one network; return a line about it."""
    began = time.process_time()
    found = score(spec, start)
    seconds = time.process_time() - began
    archive.add(spec, found, seconds)
    return f"{spec.id}, " + ", ".join(f"{name} {found[name]:.4g}" for name in NAMES)
