"""The rivals of a study in the terminal."""

from rich.console import Console

from nasbench_mvit.cli.console import print_table
from nasbench_mvit.search.claims import headline, note
from nasbench_mvit.search.report import readable_rows
from nasbench_mvit.search.rivals_report import CLAIMS, TITLE, claim_rows
from nasbench_mvit.search.summary import Summary


def print_rivals(console: Console, summary: Summary) -> None:
    """Print the rivals and what the study says of the claims over them."""
    print_table(console, TITLE, readable_rows(summary.rivals, summary))
    check = summary.claims
    if check is None:
        return
    if check.checked:
        print_table(console, CLAIMS, claim_rows(check))
        console.print(note(check))
    console.print(headline(check))
