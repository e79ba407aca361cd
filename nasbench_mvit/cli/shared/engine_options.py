"""The options of a search that say who runs its trainings, and where."""

import argparse
from pathlib import Path

from nasbench_mvit.cli.shared.parser import Parser, given, positive_int
from nasbench_mvit.errors import unknown
from nasbench_mvit.search.engines.ray.options import CLIENT_SCHEME, LOCAL, RayOptions
from nasbench_mvit.workbench.shared.run_directory import CHECKPOINTS

ENGINES = ("local", "ray")
MAX_GPUS = 1024
_OF_RAY = ("address", "cpus_per_trial", "gpus_per_trial", "storage_path")


def add_engine_options(parser: Parser) -> None:
    """Add ``--engine`` and the options that are Ray's alone."""
    parser.add_argument(
        "--engine", type=_engine, default="local", help="who trains: local (default) or ray"
    )
    add = parser.add_argument_group("--engine ray").add_argument
    add(
        "--address",
        type=given,
        help="cluster: auto, HOST:PORT or ray://HOST:PORT (default: local, which starts Ray here)",
    )
    add("--cpus-per-trial", type=positive_int, help="processors of a training (default: 1)")
    add(
        "--gpus-per-trial",
        type=_gpus,
        help="GPUs of a training, 0.25 for four on one (default: 1 where there are any)",
    )
    add(
        "--storage-path",
        type=given,
        help="folder or URI that all nodes see, for unfinished trainings "
        "(default: in the run directory)",
    )


def check_engine_options(parser: Parser, options: argparse.Namespace) -> None:
    """Refuse an option without which, or with which, another has no meaning."""
    named = [name for name in _OF_RAY if getattr(options, name) is not None]
    if options.engine != "ray" and named:
        parser.error(f"argument --{named[0].replace('_', '-')}: needs --engine ray")
    if (options.address or LOCAL).startswith(CLIENT_SCHEME) and options.storage_path is None:
        parser.error(
            "argument --address: with ray:// this machine is no node of the cluster, so the run "
            "directory is not seen from there: name with --storage-path a folder or URI that is"
        )


def ray_options(options: argparse.Namespace, run_dir: Path) -> RayOptions | None:
    """Return the options of Ray, None where trainings run on this machine."""
    if options.engine != "ray":
        return None
    path = options.storage_path or str(run_dir / CHECKPOINTS)
    return RayOptions(
        address=options.address or LOCAL,
        cpus=options.cpus_per_trial or 1,
        gpus=options.gpus_per_trial,
        trials_at_once=options.workers,
        storage_path=path if "://" in path else str(Path(path).absolute()),
    )


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
