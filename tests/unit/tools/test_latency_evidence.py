import re
from pathlib import Path

import pytest
from latency_law import rows, scaled, write_records
from measuring import TARGET
from pages import latency_evidence
from pages.latency_evidence import Evidence, page, shipped, transfers_frame

from nasbench_mvit.latency.fitting.measured import measured_document
from nasbench_mvit.latency.fitting.rows import read_rows
from nasbench_mvit.latency.predictor.document_fits import HELD_OUT, MODEL

OTHER = TARGET.model_copy(update={"runtime": "another runtime"})
FIRST = rows(60, noise=0.02)
SECOND = rows(60, scaled(3.0), noise=0.02, seed=1, target=OTHER)
ONE = Evidence("one", FIRST, FIRST.split(25))
TWO = Evidence("two", SECOND, SECOND.split(25))


@pytest.fixture(autouse=True)
def _few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latency_evidence, "DRAWS", 3)


def test_the_predictor_is_made_from_all_but_the_rows_held_out() -> None:
    assert (len(ONE.kept), len(ONE.held_out)) == (35, 25)
    assert ONE.document == measured_document("one", ONE.kept, ONE.held_out)
    assert ONE.fit.scores[HELD_OUT][MODEL].rows == 25


def test_every_file_of_records_is_evidence(tmp_path: Path) -> None:
    write_records(tmp_path / "epyc.jsonl", 82)
    write_records(tmp_path / "phone.jsonl", 81, target={"device": "Test phone"})
    found = shipped(tmp_path)
    assert list(found) == ["epyc", "phone"]
    assert len(found["epyc"].held_out) == 60
    assert found["epyc"].rows.specs == read_rows(tmp_path / "epyc.jsonl").specs
    assert found["phone"].document.name == "phone"


def test_few_rows_do_better_with_a_parent() -> None:
    table = transfers_frame(ONE.fit.model, TWO).set_index(["rows", "way"]).MAPE
    errors = table.str.rstrip("%").astype(float)
    assert set(table.index.get_level_values(0)) == {"5", "10", "20"}
    for count in ("5", "10", "20"):
        assert errors[count, "transfer"] < errors[count, "fit from scratch"]


def test_the_page_shows_every_target_and_every_transfer() -> None:
    text = page({"one": ONE, "two": TWO})
    headings = re.findall(r"^### (.+)$", text, flags=re.MULTILINE)
    assert headings == ["`one`", "`two`", "From `one` to `two`", "From `two` to `one`"]
    for words in (
        str(TARGET.device),
        "another runtime",
        "60 networks, 25 of them held out",
        "Spearman",
    ):
        assert words in text
    score = ONE.fit.scores[HELD_OUT][MODEL]
    assert f"| held out | model | 25 | {score.mape:.1%} |" in text


def test_without_records_the_page_claims_nothing() -> None:
    assert page({}) == "No measured records are shipped yet.\n"
