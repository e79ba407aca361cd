"""Rivals and the claims over them as tables, as a section of the report page and as JSON."""

from typing import Any

import pandas as pd

from nasbench_mvit.architecture.network import title_of
from nasbench_mvit.architecture.published_tasks import BENCHMARKS
from nasbench_mvit.figures import page as html
from nasbench_mvit.io.cells import p_cell
from nasbench_mvit.search.results.claims import ClaimCheck, headline, note, verdict

PERCENT = 100.0
TITLE = "The rivals under the same proxy"
CLAIMS = "The paper's claims over them, by direction"


def claim_rows(check: ClaimCheck) -> pd.DataFrame:
    """Return the claims as text with units: the paper's difference and the one of this study."""
    return pd.DataFrame(
        {
            "claim": f"{title_of(claim.network)} above {title_of(claim.rival)}",
            f"{BENCHMARKS[check.task].images}, points": f"{claim.points:+.1f}",
            "here, points": f"{d.estimate * PERCENT:+.1f}",
            "interval": f"[{d.low * PERCENT:+.1f}, {d.high * PERCENT:+.1f}]",
            "p": p_cell(d.p),
            "verdict": verdict(d),
            "source": claim.source,
        }
        for claim, d in check.checked
    )


def claims_json(check: ClaimCheck, key: str) -> dict[str, Any]:
    """Return the entry of ``front.json`` for the claims; differences are fractions.

    Args:
        check: the check.
        key: name of the score in keys, as of ``metric_key``.
    """
    return {
        "about": headline(check),
        "note": note(check),
        "seeds": list(check.seeds),
        "claims": [
            {
                "network": claim.network,
                "rival": claim.rival,
                f"{BENCHMARKS[check.task].key}_points": claim.points,
                "source": claim.source,
                f"proxy_{key}": d.estimate,
                "interval": [d.low, d.high],
                "p_corrected": d.p,
                "verdict": verdict(d),
            }
            for claim, d in check.checked
        ],
    }


def rivals_section(rivals: pd.DataFrame, check: ClaimCheck | None) -> str:
    """Return the section of the page, with a heading of its own; empty without rivals.

    Args:
        rivals: the networks as ``readable_rows`` returns them.
        check: the check of the claims over them, None without claims.
    """
    if rivals.empty:
        return ""
    parts = [html.heading(TITLE), html.table(rivals)]
    if check is not None:
        parts += [html.heading(CLAIMS, 3), html.paragraph(headline(check))]
        if check.checked:
            parts += [html.table(claim_rows(check)), html.paragraph(note(check))]
    return "\n".join(parts)
