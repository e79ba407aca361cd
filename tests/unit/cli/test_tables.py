"""Tables in the terminal: names and numbers are never cut."""

import io

import pandas as pd
import pytest
from rich.console import Console

from nasbench_mvit.cli.shared import console
from nasbench_mvit.cli.shared.console import plain_console, print_table

REASON = "failed: seed 0: RuntimeError: cannot allocate 4294967296 bytes for a tensor of a layer"
BASELINES = pd.DataFrame(
    {
        "network": ["MobileViT-S", "MobileViT-XS", "MobileViT-XXS"],
        "proxy top-1, %": ["61.1 ± 1.2 (3)", REASON, "54.2 ± 1.2 (3)"],
        "published ms": ["7.28 [6.91, 7.66]*", "7.11 estimated", "9.68"],
        "params, M": ["5.58", "2.31", "1.27"],
        "MACs, M": ["2,010", "985", "410"],
    }
)


def printed(rows: pd.DataFrame, width: int) -> str:
    out = io.StringIO()
    print_table(Console(file=out, width=width, soft_wrap=True), "a title", rows)
    return out.getvalue()


@pytest.mark.parametrize("width", [200, 120, 80, 64, 40, 24, 10])
@pytest.mark.parametrize("rows", [BASELINES, BASELINES.drop(index=1), BASELINES.T.reset_index()])
def test_a_cell_is_shown_whole_or_its_column_is_named_as_left_out(
    rows: pd.DataFrame, width: int
) -> None:
    rows = rows.rename(columns=str)
    text = printed(rows, width)
    table, _, left_out = text.partition("left out, since the terminal is narrow: ")
    assert "…" not in text
    for name in rows.columns:
        if str(name) in left_out.strip().split("; "):
            continue
        for cell in (str(name), *rows[name]):
            assert cell in table or (cell == REASON and all(w in table for w in cell.split()))
    assert "MobileViT-S" in table or str(rows.columns[0]) == "index"


@pytest.mark.parametrize(("width", "left_out"), [(80, ""), (64, "params, M; MACs, M")])
def test_sentences_wrap_before_columns_are_left_out(width: int, left_out: str) -> None:
    text = printed(BASELINES, width)
    assert max(map(len, text.partition("left out")[0].splitlines())) <= width
    assert text.partition("is narrow: ")[2].strip() == left_out


def test_a_table_to_a_pipe_is_never_cut(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    rows = pd.DataFrame({f"column {n}": ["x" * 40 * n, REASON * 20] for n in range(1, 5)})
    print_table(plain_console(), "wide", rows)
    text = capsys.readouterr().out
    assert REASON * 20 in text
    assert "x" * 160 in text
    assert len([line for line in text.splitlines() if line.strip()]) == 5
    assert console.PIPE_WIDTH > 100_000
