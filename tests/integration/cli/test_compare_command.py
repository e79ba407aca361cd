"""Comparing samplers as a command, in worker processes."""

import errno
import os
from pathlib import Path

import pytest
from bad_input import Case, Refuses

from nasbench_mvit.benchmark.compare import nasbench201, searches
from nasbench_mvit.benchmark.compare.archive import ArchivedSearch, SearchArchive
from nasbench_mvit.benchmark.compare.by_name import find_sampler, load_problem
from nasbench_mvit.benchmark.compare.plug_in import SAMPLER
from nasbench_mvit.benchmark.compare.search import search
from nasbench_mvit.cli.table import command as table
from nasbench_mvit.errors import StudyError
from nasbench_mvit.workbench import samplers

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

    def play(entries: list[ArchivedSearch], archive: SearchArchive, **options: object) -> None:
        del options
        archive.add(entries[0], searches._search(entries[0]))
        raise KeyboardInterrupt

    monkeypatch.setattr(samplers, "play", play)
    assert table.main([*COMPARE, "--samplers", "random", "--seeds", "2", "--trials", "5"]) == 130
    assert "goes on from here" in capsys.readouterr().out
    assert len(SearchArchive(tmp_path / "out/searches.parquet").rows) == 5


def test_a_dead_worker_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searches, "_ignore_interrupts", _die)
    entry = ArchivedSearch("mobilevit_table", "d", "random", 0, 5)
    archive = SearchArchive(tmp_path / "searches.parquet")
    with pytest.raises(StudyError, match="a worker died"):
        searches.play([entry], archive, workers=1, observe=lambda *_: None)


OWN = """
from optuna.distributions import IntDistribution
from optuna.samplers import RandomSampler
from nasbench_mvit.benchmark.compare.problem import Outcome, Problem

table = Problem(
    name="mine",
    distributions={"width": IntDistribution(1, 9)},
    outcomes={(w,): Outcome(1 - 1 / w, float(w), 60.0) for w in range(1, 10)},
    cost_name="width",
    worst_accuracy=0.0,
    worst_cost=10.0,
)

def make(problem, seed):
    return RandomSampler(seed=seed)
"""


def test_a_sampler_and_a_table_of_ones_own_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "of_mine.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    words = "compare --samplers of_mine:make,cost_aware --benchmarks of_mine:table"
    assert table.main([*words.split(), "--seeds", "2", "--trials", "6", "--out", "out"]) == 0
    output = capsys.readouterr().out
    assert "## On `of_mine:table`" in output
    assert "| `of_mine:make` | 2 |" in output


SAMPLERS = {
    "no argument": ("def make(): pass", "make() takes|too many positional arguments"),
    "one argument": ("def make(problem): pass", "make(problem)"),
    "a third argument": (
        "def make(problem, seed, more): pass",
        "missing a required argument: 'more'",
    ),
    "only keywords": ("def make(*, problem, seed): pass", "too many positional arguments"),
    "a class": ("class make:\n    def __init__(self, problem): pass", "too many positional"),
    "nothing returned": ("def make(problem, seed): pass", "returned None, which is not a sampler"),
    "a class returned": (
        "from optuna.samplers import RandomSampler\ndef make(problem, seed): return RandomSampler",
        "RandomSampler'>, which is not a sampler",
    ),
    "an error": (
        "import math\ndef make(problem, seed):\n    return math.sqrt(-1)",
        "failed when it was called with seed 0 (ValueError: ",
    ),
    "an error of a proposal": (
        (
            "from optuna.samplers import RandomSampler\n"
            "class Mine(RandomSampler):\n"
            "    def sample_relative(self, study, trial, search_space):\n"
            "        return {}[trial.number]\n"
            "def make(problem, seed): return Mine(seed)"
        ),
        "failed in its sampler (KeyError: 0",
    ),
    "an error afterwards": (
        (
            "from optuna.samplers import RandomSampler\n"
            "class Mine(RandomSampler):\n"
            "    def after_trial(self, study, trial, state, values):\n"
            "        raise RuntimeError\n"
            "def make(problem, seed): return Mine(seed)"
        ),
        "failed in its sampler (RuntimeError, ",
    ),
    "an exit": (
        "import sys\ndef make(problem, seed):\n    sys.exit(3)",
        "failed when it was called with seed 0 (SystemExit: 3, ",
    ),
    "an exit of a proposal": (
        (
            "from optuna.samplers import RandomSampler\n"
            "class Mine(RandomSampler):\n"
            "    def sample_relative(self, study, trial, search_space):\n"
            "        raise SystemExit(0)\n"
            "def make(problem, seed): return Mine(seed)"
        ),
        "failed in its sampler (SystemExit: 0, ",
    ),
}


def test_a_module_that_exits_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refuses: Refuses
) -> None:
    (tmp_path / "own_leaving.py").write_text("raise SystemExit(3)")
    monkeypatch.syspath_prepend(str(tmp_path))
    needles = ("'own_leaving' cannot be imported (SystemExit: 3)",)
    refuses(Case("compare --samplers own_leaving:make", needles, main=table.main))


@pytest.mark.parametrize("case", SAMPLERS)
def test_a_sampler_of_ones_own_that_does_not_fit_is_one_message_with_what_is_needed(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, said = SAMPLERS[case]
    module = f"own_{case.replace(' ', '_')}"
    (tmp_path / f"{module}.py").write_text(content)
    monkeypatch.syspath_prepend(str(tmp_path))
    name = f"{module}:make"
    with pytest.raises(StudyError) as caught:
        search(load_problem("mobilevit_table"), find_sampler(name), seed=0, trials=3)
    message = str(caught.value)
    assert message.startswith(name)
    assert any(part in message for part in said.split("|"))
    assert message.endswith(SAMPLER)
    assert f"{module}.py:" in message or "failed" not in message


def test_it_is_refused_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own_without_seed.py").write_text("def make(problem): pass")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    words = "compare --samplers random,own_without_seed:make --benchmarks mobilevit_table"
    assert table.main([*words.split(), "--seeds", "2", "--trials", "6", "--out", "out"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "own_without_seed:make(problem): too many positional arguments" in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("outcomes={(1,): (0.5, 1.0, 60.0)}", "AttributeError: 'tuple' object has no attribute"),
        ("distributions=3", "TypeError|AttributeError"),
        ("worst_cost=0.5", "no network of own_table_2:table is better than its reference point"),
    ],
)
def test_a_table_of_ones_own_that_does_not_fit_is_one_message(
    change: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = ["outcomes", "distributions", "worst_cost"].index(change.partition("=")[0])
    module = f"own_table_{number}"
    changed = f"{OWN}\nimport dataclasses\ntable = dataclasses.replace(table, {change})\n"
    (tmp_path / f"{module}.py").write_text(changed)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(StudyError) as caught:
        load_problem(f"{module}:table")
    assert any(part in str(caught.value) for part in said.split("|"))


def _die() -> None:
    os._exit(3)


CASES = {
    "an unknown sampler": Case(
        "compare --samplers cost_awre", ("unknown sampler", "'cost_aware'"), main=table.main
    ),
    "an unknown benchmark": Case(
        "compare --benchmarks nasbench202", ("unknown benchmark", "'nasbench201'"), main=table.main
    ),
    "a module that is not there": Case(
        "compare --samplers no_such_module:make",
        ("no_such_module", "MODULE:NAME", "working directory"),
        main=table.main,
    ),
    "a name that a module does not have": Case(
        "compare --samplers math:cost", ("math has no 'cost'", " cos,"), main=table.main
    ),
    "a table that is none": Case(
        "compare --benchmarks math:pi", ("math:pi is float", "A Problem is needed"), main=table.main
    ),
    "a sampler that is none": Case(
        "compare --samplers math:pi",
        ("math:pi is float", "def make(problem, seed)"),
        main=table.main,
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


def test_no_room_for_semaphores_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("multiprocessing.synchronize.SemLock.__init__", refuse)
    archive = SearchArchive(tmp_path / "searches.parquet")
    with pytest.raises(StudyError, match=r"semaphores.*\(No space left.*/dev/shm.*--shm-size"):
        searches.play([], archive, workers=2, observe=lambda *_: None)
