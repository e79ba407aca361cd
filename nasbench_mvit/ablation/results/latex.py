"""The arms of an ablation as a LaTeX table, which needs the package booktabs."""

import pandas as pd

from nasbench_mvit.ablation.results.sentences import interval, metric
from nasbench_mvit.ablation.results.summary import AblationSummary

_ESCAPES = {
    "\\": r"\textbackslash{}",
    **{char: f"\\{char}" for char in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "±": r"$\pm$",
    "Δ": r"$\Delta$",
    "→": r"$\to$",
    "λ": r"$\lambda$",
    "×": r"$\times$",
    "–": "--",
    "−": "$-$",
}


def latex_table(summary: AblationSummary, rows: pd.DataFrame) -> str:
    """Return ``rows`` as a table with a caption that says what its numbers are."""
    lines = [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}",
        r"  \centering",
        rf"  \caption{{{escape(_caption(summary))}}}",
        rf"  \begin{{tabular}}{{l{'r' * (len(rows.columns) - 1)}}}",
        r"    \toprule",
        f"    {_line(list(rows.columns))}",
        r"    \midrule",
        *(f"    {_line(row)}" for row in rows.to_numpy().tolist()),
        r"    \bottomrule",
        r"  \end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _caption(summary: AblationSummary) -> str:
    text = f"{summary.ablation.config.description} Accuracies: {metric(summary)}."
    if summary.effects:
        text += f" Intervals: {interval(summary)}."
    return text


def _line(cells: list[object]) -> str:
    return " & ".join(escape(str(cell)) for cell in cells) + r" \\"


def escape(text: str) -> str:
    """Return ``text`` so that LaTeX prints it as it is."""
    return "".join(_ESCAPES.get(char, char) for char in text)
