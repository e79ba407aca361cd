"""Run every benchmark and keep the figures with a description of the machine.

``python tests/benchmarks/run_all.py`` writes ``docs/benchmarks/results.json``, from which
``python tools/generate.py`` makes the tables of ``docs/benchmarks.md``. It takes about three
quarters of an hour on two cores; the machine should do nothing else. ``--only NAME`` runs one
benchmark again, on the same machine, and keeps the figures of the others.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from machine_description import describe

from nasbench_mvit.io.atomic import atomic_write
from nasbench_mvit.io.system.machine import usable_cores

HERE = Path(__file__).parent
RESULTS = HERE.parents[1] / "docs/benchmarks/results.json"
ON_ONE_THREAD = (
    "bench_alternatives",
    "bench_compile",
    "bench_analytic_cost",
    "bench_networks_per_second",
    "bench_start_up",
    "bench_search_overhead",
    "bench_samplers",
)
ON_ONE_AND_ALL = ("bench_training_step", "bench_inference", "bench_peak_share")
OWN_THREADS = ("bench_workers",)


def plan() -> list[tuple[str, int]]:
    """Return each benchmark with a number of threads to run it with."""
    several = [(name, threads) for name in ON_ONE_AND_ALL for threads in (1, usable_cores())]
    return [*several, *((name, 1) for name in (*OWN_THREADS, *ON_ONE_THREAD))]


def run(name: str, threads: int, rounds: int) -> list[dict[str, Any]]:
    """Return the figures of one benchmark, run in a process of its own."""
    script = HERE / f"{name}.py"
    options = ["--threads", str(threads), "--rounds", str(rounds), "--json"]
    done = subprocess.run(
        [sys.executable, script, *options], stdout=subprocess.PIPE, check=True, text=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def write(results: dict[str, Any], path: Path) -> None:
    """Write what there is so far, so that a run cut short leaves its figures."""
    with atomic_write(path) as file:
        file.write((json.dumps(results, indent=1, ensure_ascii=False) + "\n").encode())


def others(path: Path, results: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the figures of the other benchmarks in the file that were measured as now."""
    kept: dict[str, Any] = json.loads(path.read_text())
    for key in ("machine", "rounds"):
        if kept[key] != results[key]:
            sys.exit(f"{path} was measured with {key} {kept[key]}, now: {results[key]}. Run all.")
    return [entry for entry in kept["runs"] if entry["benchmark"] != name]


def main() -> int:
    """Run and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11, help="default: %(default)s")
    parser.add_argument("--out", type=Path, default=RESULTS, help="default: %(default)s")
    parser.add_argument("--only", choices=sorted({name for name, _ in plan()}))
    options = parser.parse_args()
    results: dict[str, Any] = {"machine": describe(), "rounds": options.rounds, "runs": []}
    if options.only is not None:
        results["runs"] = others(options.out, results, options.only)
    for name, threads in plan():
        if options.only not in {None, name}:
            continue
        sys.stdout.write(f"{name}, {threads} threads\n")
        figures = run(name, threads, options.rounds)
        results["runs"].append({"benchmark": name, "threads": threads, "figures": figures})
        write(results, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
