"""The results of a measurement on the terminal: its noise, the latencies, and what to do next."""

import itertools
from pathlib import Path

import pandas as pd
from rich.console import Console

from nasbench_mvit.cli.shared.console import print_table
from nasbench_mvit.cli.shared.next_command import next_line
from nasbench_mvit.workbench.measurements.observer import network_title
from nasbench_mvit.workbench.measurements.results import (
    FrontComparison,
    MeasurementResult,
    PreparedNetworks,
)
from nasbench_mvit.workbench.predictors.making import MIN_FIT_ROWS, MIN_TRANSFER_ROWS
from nasbench_mvit.workbench.shared.completion import Completion

RESUMABLE = (Completion.INTERRUPTED, Completion.TIME_IS_UP)
MAX_NAMED = 10
NONE = "–"
PREDICTOR = "python -m nasbench_mvit predictor"


def print_prepared(console: Console, prepared: PreparedNetworks) -> None:
    """Print the networks whose model files have been written."""
    for name, reason in prepared.failed.items():
        console.print(f"{name}: {reason}")
    console.print(
        f"{prepared.num_networks - len(prepared.failed)} of {prepared.num_networks} networks and "
        f"the reference are in {prepared.folder}; the same command without --prepare-only "
        "measures them"
    )


def print_result(console: Console, result: MeasurementResult) -> None:
    """Print what was measured, how well it repeats, and what to do with it."""
    if result.completion is Completion.INTERRUPTED:
        console.print("paused; what was measured is kept")
    _print_progress(console, result)
    if result.table is not None:
        _print_noise(console, result)
        for front in result.fronts:
            _print_front(console, front, result)
        if len(result.latencies) > sum(len(front.networks) for front in result.fronts):
            _print_fastest(console, result)
        console.print(
            f"{_num_latencies(result)}: {result.table}; records: {result.records}\n{_next(result)}"
        )
    if result.completion in RESUMABLE:
        console.print("the same command again goes on from here")


def _print_progress(console: Console, result: MeasurementResult) -> None:
    progress = result.progress
    console.print(
        f"{progress.visits} of {progress.total} visits, {len(progress.rejected)} blocks rejected"
    )
    if progress.unsettled:
        console.print(
            f"{len(progress.unsettled)} networks lack a visit, for the blocks of one were rejected "
            "again and again. Quiet the device and run the same command again"
        )
    for reason, networks in result.missing.items():
        named = [
            f"{network_title(network.spec)} ({network.origin})" for network in networks[:MAX_NAMED]
        ]
        named += [f"{len(networks) - MAX_NAMED} more"] if len(networks) > MAX_NAMED else []
        console.print(f"no latency for {', '.join(named)}: {reason}")


def _num_latencies(result: MeasurementResult) -> str:
    measured, missing = len(result.latencies), sum(map(len, result.missing.values()))
    return f"{measured} of {measured + missing} networks have a latency"


def _print_noise(console: Console, result: MeasurementResult) -> None:
    """Print the noise between passes of every statistic, and which was chosen."""
    found = result.repeatability
    if found.visits:
        noises = [
            (f"{row.statistic}, normalised by {row.normalisation}", row.noise)
            for row in found.visits
        ]
        noises += [
            (f"reference, {way} of the passes", noise) for way, noise in found.over_passes.items()
        ]
        table = pd.DataFrame(
            {
                "statistic": statistic,
                "pairs": str(noise.pairs),
                "within 10 %": f"{noise.share_close:.0%}",
                "median": f"{noise.median_difference:.1%}",
                "mean": f"{noise.mean_difference:.1%}",
            }
            for statistic, noise in noises
        )
        print_table(console, "difference between two visits of a network", table)
    console.print(f"used: {found.estimator} ({found.chosen_by})")
    if (noise := found.noise) is not None:
        console.print(
            f"noise floor: {noise.share_close:.0%} of {noise.pairs} networks repeat within 10 %, "
            f"the median difference between two visits is {noise.median_difference:.1%}"
        )
        if noise.is_high:
            console.print(
                "that is much: close other programs, keep the device cool, and measure again on "
                "the quiet machine with another --run-dir"
            )


def _print_fastest(console: Console, result: MeasurementResult) -> None:
    """Print the latencies of the fastest networks, and of each visit."""
    fastest = sorted(result.latencies, key=lambda latency: latency.ms)[:MAX_NAMED]
    table = pd.DataFrame(
        {
            "network": network_title(latency.spec),
            "px": str(latency.spec.resolution),
            "ms": f"{latency.ms:.2f}",
            "visits, ms": ", ".join(f"{ms:.2f}" for ms in latency.passes_ms.values()),
        }
        for latency in fastest
    )
    measured = len(result.latencies)
    some = f"the {len(fastest)} fastest of {measured} networks" if measured > MAX_NAMED else "all"
    print_table(console, f"measured on {result.target.device}: {some}", table)


def _print_front(console: Console, front: FrontComparison, result: MeasurementResult) -> None:
    """Print what was measured of a study's finalists, beside what it predicted of this target."""
    table = pd.DataFrame(
        {
            "network": network.name,
            "predicted ms": f"{network.predicted_ms:.2f} [{network.low_ms:.2f}, "
            f"{network.high_ms:.2f}]",
            "measured ms": NONE if network.measured_ms is None else f"{network.measured_ms:.2f}",
            "gap": NONE if network.gap is None else f"{network.gap:+.0%}",
        }
        for network in front.networks
    )
    if front.differences:
        table = table.drop(columns=["predicted ms", "gap"])
    print_table(console, f"finalists of {front.study}", table)
    console.print(f"measured: {result.target}")
    if front.differences:
        console.print(
            f"predictions of {front.study} are not comparable with these times, for they are of "
            f"another target ({'; '.join(front.differences)}). Make a predictor of this one, as "
            "below, and search with it (--predictor)"
        )
        return
    console.print(f"predicted: {front.predicted_by}\ngap: measured above predicted, relative")
    if front.rank_correlation is not None:
        console.print(f"rank correlation of the two (Spearman): {front.rank_correlation:.3f}")


def _next(result: MeasurementResult) -> str:
    """Return the line with what to do with the records."""
    if len(result.latencies) == 1:
        options: dict[str, str | Path | None] = {
            "--weights": "FILE",
            "--format": "onnx",
            "--records": result.records,
        }
        return f"{next_line('export', options)} (the model card then has this latency)"
    return f"next: {_predictor(result)}"


def _predictor(result: MeasurementResult) -> str:
    """Return the command that makes a predictor of the records, in words."""
    output = _new_file(result.records.with_name("predictor.json"))
    if len(result.latencies) >= MIN_FIT_ROWS:
        return f"fit a predictor to them: {PREDICTOR} fit {result.records} -o {output}"
    if len(result.latencies) >= MIN_TRANSFER_ROWS:
        return (
            f"adapt a predictor to them: {PREDICTOR} transfer {result.parent} {result.records} "
            f"-o {output}; from {MIN_FIT_ROWS} networks on (--sample N adds some) one can be "
            "fitted to them alone"
        )
    return f"a predictor needs {MIN_TRANSFER_ROWS} networks or more: --sample N adds some"


def _new_file(path: Path) -> Path:
    """Return ``path``, numbered where it is taken: a study goes on with the very file it began."""
    numbered = (path.with_stem(f"{path.stem}-{number}") for number in itertools.count(2))
    return next(name for name in itertools.chain([path], numbered) if not name.exists())
