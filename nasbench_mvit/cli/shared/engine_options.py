"""The options of a search that say who runs its trainings, and where."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.cli.shared.options import Options, option
from nasbench_mvit.cli.shared.parser import Parser, positive_int
from nasbench_mvit.errors import unknown
from nasbench_mvit.search.engines.ray.options import CLIENT_SCHEME, LOCAL, RayOptions

ENGINES = ("local", "ray")
MAX_GPUS = 1024
OF_RAY = "--engine ray"


def _engine(text: str) -> str:
    if text not in ENGINES:
        raise argparse.ArgumentTypeError(unknown("engine", text, ENGINES))
    return text


def _gpus(text: str) -> float:
    """Return ``text`` as Ray counts GPUs: whole ones, or a share of one."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < MAX_GPUS or (value > 1 and not value.is_integer()):
        raise argparse.ArgumentTypeError(
            f"must be 0, a share of one GPU such as 0.25, or a whole number, got '{text}'."
        )
    return value


@dataclass(frozen=True, kw_only=True)
class EngineOptions(Options):
    """``--engine`` and the options that are Ray's alone."""

    engine: str = option(
        type=_engine, default="local", help="runs the trainings: local (default) or ray"
    )
    address: str | None = option(
        group=OF_RAY,
        help="cluster: auto, HOST:PORT or ray://HOST:PORT (default: local, which starts Ray here)",
    )
    cpus_per_trial: int | None = option(
        type=positive_int, group=OF_RAY, help="CPU cores for each training (default: 1)"
    )
    gpus_per_trial: float | None = option(
        type=_gpus,
        group=OF_RAY,
        help="GPUs for each training; 0.25 puts four on one GPU (default: 1 if there are any)",
    )
    storage_path: str | None = option(
        group=OF_RAY,
        help="folder or URI that all nodes can reach, for unfinished trainings "
        "(default: in the run directory)",
    )

    def check_options(self, parser: Parser) -> None:
        """Refuse options that contradict each other, and options whose prerequisite is missing."""
        of_ray = [name for name, _ in self.not_default() if name != "--engine"]
        if self.engine != "ray" and of_ray:
            parser.error(f"argument {of_ray[0]}: needs --engine ray")
        if (self.address or LOCAL).startswith(CLIENT_SCHEME) and self.storage_path is None:
            parser.error(
                "argument --address: with ray:// this machine is no node of the cluster, so the "
                "run directory is not seen from there: name with --storage-path a folder or URI "
                "that is"
            )

    def ray(self, run_dir: Path, workers: int | None) -> RayOptions | None:
        """Return the options of Ray, None where trainings run on this machine."""
        if self.engine != "ray":
            return None
        # Not for --help: the location of a store needs SQLAlchemy, which is slow to load.
        from nasbench_mvit.workbench.shared.run_directory import CHECKPOINTS  # noqa: PLC0415

        path = self.storage_path or str(run_dir / CHECKPOINTS)
        return RayOptions(
            address=self.address or LOCAL,
            cpus=self.cpus_per_trial or 1,
            gpus=self.gpus_per_trial,
            trials_at_once=workers,
            storage_path=path if "://" in path else str(Path(path).absolute()),
        )
