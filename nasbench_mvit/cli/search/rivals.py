"""The rivals of a study in the terminal."""

from rich.console import Console

from nasbench_mvit.cli.search.console import print_table
from nasbench_mvit.search.reports.rivals import TITLE, claim_rows
from nasbench_mvit.search.reports.text import readable_rows
from nasbench_mvit.search.results.claims import headline, note
from nasbench_mvit.search.results.summary import Summary


def print_rivals(console: Console, summary: Summary) -> None:
    """Print the rivals and what the study says of the claims over them."""
    rows = readable_rows(summary.rivals, summary)
    print_table(console, TITLE, rows.drop(columns="MACs, M"))  # wider than a terminal with them
    check = summary.claims
    if check is None:
        return
    for row in claim_rows(check).itertuples(index=False):
        claim, paper, here, interval, p, verdict, _source = row
        console.print(f"{claim}: {here} {interval} points, p {p}: {verdict}; ImageNet-1k {paper}")
    console.print(headline(check))
    if check.checked:
        console.print(note(check))
