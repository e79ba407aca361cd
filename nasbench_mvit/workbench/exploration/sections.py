"""Parts of a study's page as data: what is said, tables, and the command that goes on."""

from dataclasses import dataclass, field

import pandas as pd

from nasbench_mvit.search.finalists import report as finalists
from nasbench_mvit.search.finalists.text import headline, notes
from nasbench_mvit.search.reports import rivals
from nasbench_mvit.search.reports.text import EXTRAPOLATED_NOTE, rule_note
from nasbench_mvit.search.results import claims
from nasbench_mvit.search.results.gains import GAINS_NOTE, gains_frame
from nasbench_mvit.search.results.next_steps import (
    FINALISTS,
    WHY_FINALISTS,
    may_have_finalists,
    search_command,
)
from nasbench_mvit.search.results.next_steps import next_step as step
from nasbench_mvit.search.results.recommendation import recommendation, recommended
from nasbench_mvit.search.results.row import Row
from nasbench_mvit.workbench.exploration.tables import (
    claim_table,
    difference_table,
    finalist_table,
    network_table,
)
from nasbench_mvit.workbench.studies.study import Study


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of a page.

    Attributes:
        title: its heading.
        said: sentences, without full stops.
        tables: by the name of their file.
        notes: sentences after the tables.
        command: a command line, "" of none.
        empty: what is said in place of a table without rows.
    """

    title: str
    said: tuple[str, ...] = ()
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    command: str = ""
    empty: str = "There is nothing to show here yet."


def advice(study: Study) -> Section:
    """Return the recommendation of a study and its uncertainty; its notes are the cautions."""
    return Section(
        title="What to take",
        said=tuple(recommendation(study.summary, study.config, study.final, study.predictor)),
        notes=tuple(map(str, study.cautions)),
    )


def next_step(study: Study) -> Section:
    """Return the next step and its command."""
    best = recommended(study.summary, study.config)
    why, command = step(
        study.config,
        study.address,
        is_done=study.summary.is_done(study.config.trials),
        best=None if best is None else best.trial,
        has_final=study.final is not None,
        stored_as=study.stored_as,
    )
    return Section(title="What to do next", said=(why,), command=command)


def front(study: Study, shown: set[int]) -> list[Section]:
    """Return the front and what it offers over the published networks.

    Args:
        study: the study.
        shown: the trials of the front that is shown, which filters may have changed.
    """
    rows: list[Row] = sorted(
        (row for row in study.summary.rows if row.trial in shown),
        key=lambda row: row.cost(study.summary.rule),
    )
    return [
        Section(
            title="Pareto front",
            tables={"front": network_table(rows, study.summary)},
            notes=(
                rule_note(study.summary),
                f"extrapolated: {EXTRAPOLATED_NOTE.removeprefix('* ')}",
            )
            if rows
            else (),
            empty="No network shown has been trained to its end within the limits yet.",
        ),
        Section(
            title="Gains over the published networks, same proxy",
            tables={"gains": gains_frame(study.summary, rows, study.predictor)},
            notes=(GAINS_NOTE,),
            empty="None of the published networks has been trained to its end yet.",
        ),
    ]


def rival_sections(study: Study) -> list[Section]:
    """Return the rivals and the claims over them; nothing for a study without rivals."""
    if not study.summary.rivals:
        return []
    table = network_table(study.summary.rivals, study.summary)
    found = [Section(title=rivals.TITLE, tables={"rivals": table})]
    if (check := study.summary.claims) is not None:
        notes = tuple(filter(None, (claims.headline(check), claims.note(check))))
        tables = {"claims": claim_table(check)} if check.checked else {}
        found.append(Section(title=rivals.CLAIMS, tables=tables, notes=notes))
    return found


def last_word(study: Study) -> list[Section]:
    """Return the comparison of the finalists on test images, or the way to get one."""
    final = study.final
    if final is None:
        command = search_command(study.address, finalists=FINALISTS, stored_as=study.stored_as)
        unasked = Section(title=finalists.TITLE, said=(WHY_FINALISTS,), command=command)
        return [unasked] if study.summary.front and may_have_finalists(study.config) else []
    sections = [
        Section(
            title=finalists.TITLE,
            said=(headline(final),),
            tables={"finalists": finalist_table(final)},
            notes=tuple(f"{name}: {text}" for name, text in notes(final).items()),
        )
    ]
    if final.differences:
        table = difference_table(final)
        sections.append(Section(title=finalists.DIFFERENCES, tables={"differences": table}))
    return sections
