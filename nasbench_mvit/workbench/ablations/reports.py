"""The reports of ablations that are open, and their tables under headings with units."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from nasbench_mvit.ablation.results.document import FILE, AblationReport, Verdict, read_report
from nasbench_mvit.search.readers.find_run import RUNS

__all__ = ["FILE", "AblationReport", "arm_table", "effect_table", "read_report", "report_files"]

ARM_HEADINGS = {
    "arm": "arm",
    "top1": "{metric}, %",
    "top1_interval": "± of its interval, points",
    "seeds": "seeds",
    "delta": "difference from the reference, points",
    "paper_top1": "the paper's {paper_metric}, %",
    "paper_delta": "the paper's difference, points",
    "params": "params, M",
    "macs": "MACs, M",
    "latency_ms": "latency, ms",
    "latency_low_ms": "lower end, ms",
    "latency_high_ms": "upper end, ms",
    "paper_latency_ms": "the paper's latency, ms",
    "patches": "patches of each transformer",
    "seconds": "training, s",
    "note": "note",
}


def report_files(places: Sequence[str]) -> list[Path]:
    """Return the reports to show, each once.

    Args:
        places: folders of runs, folders that hold such folders, or stores; without any, ``runs/``.
            A URL holds none. One command may leave several ablations, each in a folder of its own
            within its run's.
    """
    paths = [Path(place) for place in places if "://" not in place] or [RUNS]
    folders = [path if path.is_dir() else path.parent for path in paths]
    depths = FILE, f"*/{FILE}", f"*/*/{FILE}"
    found = [sorted(file for depth in depths for file in folder.glob(depth)) for folder in folders]
    return list(dict.fromkeys(file for files in found for file in files))


def effect_table(report: AblationReport) -> pd.DataFrame:
    """Return the effects and intervals, next to the paper's; unknown columns are left out."""
    unit = report.unit
    headings = {
        "factor": "factor",
        "reference": "from",
        "setting": "to",
        "effect": f"effect, {unit}",
        "low": f"lower end, {unit}",
        "high": f"upper end, {unit}",
        "p": "p, corrected",
        "verdict": "verdict",
        "seeds": "seeds",
        "paper_effect": f"the paper's effect, {unit}",
        "paper_source": "its source",
    }
    table = report.table()
    excludes_zero = (table.low > 0) | (table.high < 0)
    # An earlier version said "inside the noise" of these too.
    told = table.verdict.str.replace(Verdict.NOISE, Verdict.ALONE, regex=False)
    return _headed(table.assign(verdict=table.verdict.where(~excludes_zero, told)), headings)


def arm_table(report: AblationReport) -> pd.DataFrame:
    """Return the arms with what they score and cost; unknown columns are left out.

    A score is headed by the metric without the network and the images.
    """
    table = report.arm_table()
    costs = {name: table[name] / 1e6 for name in ("params", "macs")}
    metrics = {"metric": report.metric.partition(" of ")[0], "paper_metric": report.paper_metric}
    headings = {name: heading.format(**metrics) for name, heading in ARM_HEADINGS.items()}
    return _headed(table.assign(**costs), headings)


def _headed(table: pd.DataFrame, headings: dict[str, str]) -> pd.DataFrame:
    known = [name for name in headings if not table[name].isin([None, ""]).all()]
    return table[known].rename(columns=headings)
