"""Answers from a table in place of trainings."""

from pathlib import Path

import pytest
from fakes import curve_of
from table_making import make_table, table_study

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.errors import StudyError, TableError
from nasbench_mvit.search.evaluators.proxy import Evaluator
from nasbench_mvit.search.evaluators.table import TableEvaluator, table_for
from nasbench_mvit.training.proxy.result import FractionReport

XS = published("mobilevit_xs")
SPACE = SearchSpace.load("mobilevit_table")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("place")
    make_table(place / "tables" / "mobilevit_table", table_study())
    return place


@pytest.fixture(autouse=True)
def _there(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)


def test_it_reports_and_returns_what_the_training_gave() -> None:
    evaluator: Evaluator = TableEvaluator(table_for(table_study(), SPACE))
    reports: list[FractionReport] = []
    result = evaluator(XS, 2, reports.append)
    assert tuple(reports) == result.curve == curve_of(XS, 2)
    assert (result.device, result.precision) == ("cpu", "float32")


def test_a_space_without_a_table_is_refused() -> None:
    with pytest.raises(StudyError, match=r"no table of the space mobilevit_debug.*mobilevit_table"):
        table_for(table_study("mobilevit_debug"), SearchSpace.load("mobilevit_debug"))


@pytest.mark.parametrize(
    ("changes", "needle"),
    [
        ({"proxy": {"steps": 400}}, "made with proxy.steps 168, the study asks for 400"),
        ({"data": "imagefolder:images"}, "made with data embedded, the study asks for imagefolder"),
        ({"seeds": 2}, "of 155 of its 216 networks: .* has the seeds 0, the study also needs 1"),
        ({"training_seed": 1}, "the study also needs 1"),
        ({"training_seed": None, "seed": 9}, "the study also needs 9"),
        (
            {"baselines": {"mobilevit_s": 4, "mobilevit_xs": 1, "mobilevit_xxs": 1}},
            "of 1 of its 216 networks: .* the study also needs 3",
        ),
    ],
)
def test_a_study_that_the_table_cannot_answer_is_refused(
    changes: dict[str, object], needle: str
) -> None:
    with pytest.raises(StudyError, match=needle):
        table_for(table_study("mobilevit_table", **changes), SPACE)


def test_another_sampler_seed_asks_for_the_same_trainings() -> None:
    evaluator = TableEvaluator(table_for(table_study(seed=9), SPACE))
    assert evaluator(XS, 2, lambda _: None).curve == curve_of(XS, 2)


def test_a_space_of_another_content_is_refused(tmp_path: Path) -> None:
    text = Path(__file__).parents[4] / "search_spaces" / "mobilevit_table.yaml"
    (tmp_path / "mobilevit_table.yaml").write_text(
        text.read_text().replace("160: 32}}\n  stage2", "160: 48}}\n  stage2")
    )
    space = SearchSpace.load(tmp_path / "mobilevit_table.yaml")
    with pytest.raises(StudyError, match="differs from the one that the table mobilevit"):
        table_for(table_study(), space)


def test_a_damaged_table_says_so(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = place / "tables" / "mobilevit_table"
    copy = tmp_path / "tables" / "mobilevit_table"
    copy.mkdir(parents=True)
    for path in source.iterdir():
        (copy / path.name).write_bytes(path.read_bytes()[:100])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TableError, match=r"table\.json"):
        table_for(table_study(), SPACE)
