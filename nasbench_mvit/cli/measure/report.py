"""What a measurement has found: its noise, the latencies, and predictions held against them."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from rich.console import Console

from nasbench_mvit.analysis.ranking import spearman
from nasbench_mvit.cli.measure.networks import Front
from nasbench_mvit.cli.search.console import print_table
from nasbench_mvit.io.atomic import atomic_write
from nasbench_mvit.latency.fitting import measured, transfer
from nasbench_mvit.latency.records.estimator import NetworkLatency
from nasbench_mvit.latency.records.plan import MeasurementPlan
from nasbench_mvit.latency.records.protocol import Progress
from nasbench_mvit.latency.records.record import Target
from nasbench_mvit.latency.records.repeatability import Noise, Repeatability

LATENCIES_FILE = "latencies.csv"
REPEATABILITY_FILE = "repeatability.json"
PERCENT = 100.0
MIN_RANKED = 3
#: The shipped predictor that is nearest to what a runtime does.
PARENTS = {"Core ML": "iphone12_coreml", "onnxruntime-web": "epyc_wasm"}
ANY_PARENT = "epyc_onnxruntime"


def write_results(
    run_dir: Path,
    plan: MeasurementPlan,
    values: Sequence[NetworkLatency],
    found: Repeatability,
) -> None:
    """Write the latencies as a table and the repeatability they rest on."""
    origins = {network.spec.id: network.origin for network in plan.networks}
    table = pd.DataFrame(
        {
            "spec_id": value.spec.id,
            "origin": origins.get(value.spec.id, ""),
            "resolution": value.spec.resolution,
            "latency_ms": value.ms,
        }
        | {f"pass_{number}_ms": ms for number, ms in enumerate(value.passes_ms, start=1)}
        for value in values
    )
    with atomic_write(run_dir / LATENCIES_FILE) as file:
        file.write(table.to_csv(index=False).encode())
    with atomic_write(run_dir / REPEATABILITY_FILE) as file:
        file.write((found.model_dump_json(indent=1) + "\n").encode())


def print_noise(console: Console, found: Repeatability) -> None:
    """Print the noise between passes of every statistic, and which was chosen."""
    if found.visits:
        rows = [
            _noise_row(f"{row.statistic}, normalised by {row.normalisation}", row.noise)
            for row in found.visits
        ]
        rows += [
            _noise_row(f"reference, {way} of the passes", noise)
            for way, noise in found.over_passes.items()
        ]
        print_table(console, "difference between two visits of a network", pd.DataFrame(rows))
    console.print(f"used: {found.estimator} ({found.chosen_by})")
    if found.noise is not None:
        noise = found.noise
        console.print(
            f"noise floor: {noise.share_close:.0%} of {noise.pairs} networks repeat within 10 %, "
            f"the median difference between two visits is {noise.median_difference:.1%}"
        )


def _noise_row(what: str, noise: Noise) -> dict[str, str]:
    return {
        "statistic": what,
        "pairs": str(noise.pairs),
        "within 10 %": f"{noise.share_close:.0%}",
        "median": f"{noise.median_difference:.1%}",
        "mean": f"{noise.mean_difference:.1%}",
    }


def print_progress(console: Console, progress: Progress) -> None:
    """Print what was measured, rejected and given up."""
    console.print(
        f"{progress.visits} of {progress.total} visits, {len(progress.rejected)} blocks rejected"
    )
    if progress.unsettled:
        console.print(
            f"{len(progress.unsettled)} networks have no latency: all their blocks were rejected. "
            "Quiet the device and run the same command again"
        )
    for name, reason in progress.failed.items():
        console.print(f"network {name} was given up: {reason}")


def print_front(
    console: Console, front: Front, values: Sequence[NetworkLatency], target: Target
) -> None:
    """Print what the study predicted beside what was measured."""
    found = {value.spec.id: value.ms for value in values}
    rows = [row for row in front.rows if row.spec_id in found]
    print_table(
        console,
        f"finalists of {front.study}",
        pd.DataFrame(
            {
                "network": row.name,
                "predicted ms": f"{row.latency_ms:.2f} "
                f"[{row.latency_low_ms:.2f}, {row.latency_high_ms:.2f}]",
                "measured ms": f"{found[row.spec_id]:.2f}",
                "gap": f"{found[row.spec_id] / row.latency_ms - 1:+.0%}",
            }
            for row in rows
        ),
    )
    console.print(
        f"predicted: {front.predictor.title}\nmeasured: {target}\n"
        "gap: measured above predicted, relative"
    )
    if len(rows) >= MIN_RANKED:
        ranks = spearman([row.latency_ms for row in rows], [found[r.spec_id] for r in rows])
        console.print(f"rank correlation of the two (Spearman): {ranks.rho:.3f}")


def next_command(front: Front | None, target: Target, records: Path, num_latencies: int) -> str:
    """Return what to do with the records now, in words."""
    output = _new_file(records.with_name("predictor.json"))
    predictor = "python -m nasbench_mvit.predictor"
    if num_latencies >= measured.MIN_ROWS:
        return f"fit a predictor to them: {predictor} fit {records} -o {output}"
    parent = PARENTS.get(target.runtime, ANY_PARENT) if front is None else front.predictor_name
    if num_latencies >= transfer.MIN_ROWS:
        return (
            f"adapt a predictor to them: {predictor} transfer {parent} {records} -o {output}; "
            f"from {measured.MIN_ROWS} networks on (--sample N adds some) one can be fitted to "
            "them alone"
        )
    return f"a predictor needs {transfer.MIN_ROWS} networks or more: --sample N adds some"


def _new_file(path: Path) -> Path:
    """Return ``path``, numbered where it is taken: a study goes on with the very file it began."""
    numbered = (path.with_stem(f"{path.stem}-{number}") for number in itertools.count(2))
    return next(name for name in itertools.chain([path], numbered) if not name.exists())
