"""The tables of ``docs/benchmarks.md``, made from the measurements of ``run_all.py``."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nasbench_mvit.io.markdown import markdown_table

TITLES = {
    "bench_training_step": "Training step",
    "bench_inference": "Inference",
    "bench_peak_share": "Share of the matrix-product peak",
    "bench_workers": "Workers on all cores",
    "bench_analytic_cost": "Costs in closed form",
    "bench_networks_per_second": "Networks per second",
    "bench_start_up": "Start-up",
    "bench_search_overhead": "Overhead of a trial",
    "bench_samplers": "Time of a proposal",
    "bench_alternatives": "Alternatives in the model builder",
    "bench_compile": "torch.compile",
}


def benchmark_tables(results_path: Path) -> str:
    """Return the machine and the results of every benchmark as Markdown."""
    results = json.loads(results_path.read_text(encoding="utf-8"))
    blocks = [markdown_table(("machine", ""), results["machine"].items())]
    for name, title in TITLES.items():
        if not (runs := [run for run in results["runs"] if run["benchmark"] == name]):
            continue
        blocks += [f"## {title}", *(_run(run) for run in runs)]
    return "\n\n".join(blocks)


def _run(run: dict[str, Any]) -> str:
    threads = f"{run['threads']} thread" + "s" * (run["threads"] > 1)
    command = f"`python tests/benchmarks/{run['benchmark']}.py --threads {run['threads']}`"
    header = ("", "against", "median", "quartiles", "aim", "")
    table = markdown_table(header, (_cells(figure) for figure in run["figures"]))
    return f"{threads}: {command}\n\n{table}"


def _cells(figure: dict[str, Any]) -> Iterator[str]:
    spread, unit, aim = figure["spread"], figure["unit"], figure["aim"]
    yield figure["case"]
    yield figure["against"]
    yield f"{_rounded(spread['median'], aim)} {unit}"
    yield f"{_number(spread['low'])} – {_number(spread['high'])}"
    if aim is None:
        yield from ("", "")
    elif figure["lower_is_better"]:
        yield from (f"< {_number(aim)}", "met" if spread["median"] < aim else "**missed**")
    else:
        yield from (f"≥ {_number(aim)}", "met" if spread["median"] >= aim else "**missed**")


def _rounded(value: float, aim: float | None) -> str:
    """Return a number with enough digits to be distinguished from its target."""
    text = _number(value)
    if aim is None or value == aim or text != _number(aim):
        return text
    return next(t for d in range(3, 12) if float(t := f"{value:.{d}f}") != aim)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
