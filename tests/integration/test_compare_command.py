"""Comparing samplers as a command, in worker processes."""

import os
from pathlib import Path

import pytest
from bad_input import Case, Refuses

from nasbench_mvit.benchmark.compare import nasbench201, tournament
from nasbench_mvit.benchmark.compare.archive import Entry, SearchArchive
from nasbench_mvit.cli import compare_session, table
from nasbench_mvit.errors import StudyError

COMPARE = ["compare", "--benchmarks", "mobilevit_table", "--workers", "1", "--out", "out"]


def test_a_comparison_is_searched_reported_and_added_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    small = [*COMPARE, "--samplers", "random", "--seeds", "2", "--trials", "12"]
    assert table.main(small) == 0
    assert "2 of 2: mobilevit_table, random, seed 1: 12 networks" in capsys.readouterr().out
    assert table.main(small) == 0
    assert "2 searches, 2 of them done" in capsys.readouterr().out
    both = [*COMPARE, "--samplers", "random,cost_aware", "--seeds", "2", "--trials", "12"]
    assert table.main(both) == 0
    output = capsys.readouterr().out
    assert "4 searches, 2 of them done" in output
    assert "| `cost_aware` | 2 |" in output
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {
        "searches.parquet",
        "report.md",
        "courses.html",
        "attainment.html",
    }
    assert len(SearchArchive(tmp_path / "out/searches.parquet").rows) == 4 * 12


def test_an_interrupt_keeps_what_was_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    def play(entries: list[Entry], archive: SearchArchive, **options: object) -> None:
        del options
        archive.add(entries[0], tournament._search(entries[0]))
        raise KeyboardInterrupt

    monkeypatch.setattr(compare_session, "play", play)
    assert table.main([*COMPARE, "--samplers", "random", "--seeds", "2", "--trials", "5"]) == 130
    assert "goes on from here" in capsys.readouterr().out
    assert len(SearchArchive(tmp_path / "out/searches.parquet").rows) == 5


def test_a_dead_worker_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tournament, "_ignore_interrupts", _die)
    entry = Entry("mobilevit_table", "d", "random", 0, 5)
    archive = SearchArchive(tmp_path / "searches.parquet")
    with pytest.raises(StudyError, match="a worker died"):
        tournament.play([entry], archive, workers=1, observe=lambda *_: None)


def _die() -> None:
    os._exit(3)


CASES = {
    "an unknown sampler": Case(
        "compare --samplers cost_awre", ("unknown sampler", "'cost_aware'"), main=table.main
    ),
    "an unknown benchmark": Case(
        "compare --benchmarks nasbench202", ("unknown benchmark", "'nasbench201'"), main=table.main
    ),
    "no sampler": Case("compare --samplers ,", ("--samplers", "empty"), main=table.main),
    "one seed": Case("compare --seeds 1", ("--seeds", "from 2"), main=table.main),
    "a file in place of a folder": Case(
        "compare --benchmarks mobilevit_table --out there",
        ("there", "--out"),
        prepare=lambda folder: (folder / "there").write_text(""),
        main=table.main,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_one_message(name: str, refuses: Refuses) -> None:
    refuses(CASES[name])


def test_a_missing_package_is_one_message(
    monkeypatch: pytest.MonkeyPatch, refuses: Refuses
) -> None:
    monkeypatch.setattr(nasbench201, "PACKAGE", "no-such-package-at-all")
    needles = ("which is not installed", "pip install", "[compare]")
    refuses(Case("compare --benchmarks nasbench201", needles, main=table.main))
