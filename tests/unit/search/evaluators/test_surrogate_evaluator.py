"""Estimates in place of trainings, and that nobody can take them for trainings."""

import json
import math
from pathlib import Path

import pytest
from fakes import curve_of
from pydantic import ValidationError
from surrogate_making import arithmetic, make_surrogate, use_few_trees

from nasbench_mvit import Surrogate
from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.rivals import RivalSpec
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.errors import StudyError, SurrogateError
from nasbench_mvit.figures.columns import PERCENT
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor, load_predictor
from nasbench_mvit.search.engines.contract import Event, Finished, Job
from nasbench_mvit.search.engines.simulated import SimulatedEngine
from nasbench_mvit.search.evaluators.proxy import Evaluator
from nasbench_mvit.search.evaluators.surrogate import SurrogateEvaluator, surrogate_for
from nasbench_mvit.search.reports.files import write_report
from nasbench_mvit.search.reports.text import accuracy_label, readable_rows, study_figure
from nasbench_mvit.search.results.row import ESTIMATED, TRAINED, Row
from nasbench_mvit.search.results.summary import Summary, summarise
from nasbench_mvit.search.study.config import SURROGATE, StudyConfig, load_study
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.search.trials.record import Evaluation, Role, State, StoredTrial
from nasbench_mvit.training.proxy.result import EstimatedResult, FractionReport, TrainingResult
from nasbench_mvit.workbench.studies.curves import curves_of

XS, XXS = published("mobilevit_xs"), published("mobilevit_xxs")
SPACE = SearchSpace.load("mobilevit")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("place")
    make_surrogate(place / "surrogates" / "mobilevit", arithmetic(120))
    return place


@pytest.fixture(autouse=True)
def _there(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    use_few_trees(monkeypatch)


def study(**changes: object) -> StudyConfig:
    _, config = load_study("latency_iphone")
    fields = config.model_dump(exclude_unset=True) | {"evaluator": SURROGATE} | changes
    return StudyConfig.model_validate(fields)


def evaluator() -> SurrogateEvaluator:
    return SurrogateEvaluator(Surrogate.load())


def result_of(seed: int = 0) -> EstimatedResult:
    return evaluator()(XS, seed, lambda _: None)


def test_it_gives_what_the_surrogate_expects() -> None:
    expected = Surrogate.load().predict([XS])
    result = result_of()
    assert (result.top1, result.low, result.high) == (
        expected.top1[0], expected.low[0], expected.high[0],
    )  # fmt: skip
    assert result.cpu_seconds == result.seconds == expected.seconds[0]
    assert result.error == expected.error[0]
    assert math.isnan(result.top1_standard_error)


def test_it_reports_nothing_on_the_way_and_every_seed_is_the_same() -> None:
    reports: list[FractionReport] = []
    evaluate: Evaluator = evaluator()
    assert evaluate(XS, 0, reports.append) == evaluate(XS, 7, reports.append)
    assert reports == []
    assert result_of().curve == ()


def test_a_rival_is_unknown_to_it() -> None:
    with pytest.raises(SurrogateError, match="cannot estimate mobilenet_v2"):
        evaluator()(RivalSpec("mobilenet_v2"), 0, lambda _: None)


def test_the_simulated_clock_counts_expected_seconds_and_rungs_hold_nobody() -> None:
    engine = SimulatedEngine(evaluator(), workers=1)
    engine.submit(Job(trial=0, seed=0, spec=XS, rungs=(0.25, 0.5)))
    events: list[Event] = list(engine.wait(1))
    assert [type(event) for event in events] == [Finished]
    assert engine.seconds == result_of().expected_seconds


@pytest.mark.parametrize(
    ("changes", "needle"),
    [
        ({"proxy": {"steps": 400}}, "mobilevit was made with proxy.steps 168, the study asks for"),
        ({"data": "imagefolder:images"}, "made with data embedded, the study asks for imagefolder"),
        (
            {"rivals": {"deit_tiny": 1}},
            "contains only MobileViT networks. Remove the rivals deit_tiny from the study",
        ),
    ],
)
def test_a_study_of_other_trainings_is_refused(changes: dict[str, object], needle: str) -> None:
    with pytest.raises(StudyError, match=needle):
        surrogate_for(study(**changes), SPACE)


def test_a_space_of_unlike_networks_is_refused() -> None:
    with pytest.raises(StudyError, match=r"unlike 7\d% of those of the space mobilevit_debug: "):
        surrogate_for(study(space="mobilevit_debug"), SearchSpace.load("mobilevit_debug"))


def test_the_spaces_of_its_networks_and_those_between_are_taken() -> None:
    for name, found in (("mobilevit", "mobilevit"), ("mobilevit_table", "mobilevit_family")):
        surrogate = surrogate_for(study(space=name), SearchSpace.load(name))
        assert surrogate.about.name == found


def test_an_estimate_survives_the_store_and_a_training_stays_as_it_was() -> None:
    estimate = Evaluation(seed=0, result=result_of())
    text = json.dumps(estimate.model_dump(mode="json"), allow_nan=False)
    assert Evaluation.model_validate_json(text) == estimate
    training = TrainingResult(curve=curve_of(XS, 0), device="cpu", precision="float32")
    stored = Evaluation(seed=0, result=training).model_dump(mode="json")
    assert set(stored["result"]) == {"curve", "device", "precision"}
    assert type(Evaluation.model_validate(stored).result) is TrainingResult


def test_an_estimate_of_the_first_version_is_read() -> None:
    stored = {
        "seed": 1,
        "result": {
            "curve": [],
            "device": "cpu",
            "precision": "float32",
            "expected_top1": 0.6,
            "low": 0.5,
            "high": 0.7,
            "error": 0.05,
            "extrapolating": True,
            "expected_seconds": 33.0,
        },
    }
    result = Evaluation.model_validate(stored).result
    assert isinstance(result, EstimatedResult)
    assert (result.top1, result.extrapolating, result.cpu_seconds) == (0.6, True, 33.0)


def test_a_damaged_estimate_or_a_training_without_an_end_is_noticed() -> None:
    fields = Evaluation(seed=0, result=result_of()).model_dump(mode="json")
    with pytest.raises(ValidationError) as caught:
        Evaluation.model_validate(fields | {"result": fields["result"] | {"low": "much"}})
    (error,) = caught.value.errors()
    assert "'low' must be a number, got 'much'" in error["msg"]
    assert "\n" not in error["msg"]
    with pytest.raises(ValidationError, match="a finished training has a curve"):
        Evaluation(seed=0, result=TrainingResult(curve=(), device="cpu", precision="float32"))


@pytest.fixture
def predictor() -> LatencyPredictor:
    return load_predictor("iphone12_coreml")


@pytest.fixture
def summary(predictor: LatencyPredictor) -> Summary:
    """XS with two seeds, XXS with one."""
    candidates = Candidates(SPACE, predictor, study().limits)
    trials = []
    for number, (spec, seeds) in enumerate([(XS, [0, 1]), (XXS, [0])]):
        record = candidates.record(spec, role=Role.SEARCH, seeds=seeds)
        done = tuple(
            Evaluation(seed=seed, result=evaluator()(spec, seed, lambda _: None)) for seed in seeds
        )
        record = record.changed(evaluations=done)
        trials.append(StoredTrial(number=number, state=State.COMPLETE, record=record))
    return summarise(trials, study(), candidates)


def row_of_xs(summary: Summary) -> Row:
    return next(row for row in summary.rows if row.spec_id == XS.id)


def test_the_noise_is_the_error_of_the_surrogate_whatever_the_seeds(summary: Summary) -> None:
    assert summary.kind == ESTIMATED
    assert summary.noise == pytest.approx(result_of().error)
    assert summary.noise_of(row_of_xs(summary)) == result_of().error
    assert "estimated by a surrogate and nothing was trained" in summary.noise_note
    assert f"{PERCENT * summary.noise:.1f} points" in summary.noise_note


def test_rows_say_that_they_are_estimated(summary: Summary) -> None:
    row, result = row_of_xs(summary), result_of()
    assert (row.top1_kind, row.top1_low, row.top1_high) == (ESTIMATED, result.low, result.high)
    assert {"top1_kind", "top1_low", "top1_high"} <= set(summary.frame().columns)


def test_a_person_reads_that_they_are_estimated(summary: Summary) -> None:
    assert accuracy_label(study()).startswith(
        "estimated by a surrogate, not trained: proxy accuracy"
    )
    table = readable_rows([row_of_xs(summary)], summary)
    result = result_of()
    assert table["estimated proxy accuracy, %"].tolist() == [
        f"{PERCENT * result.top1:.1f} ± {PERCENT * result.error:.1f}"
    ]


def test_the_files_say_so_too(
    summary: Summary, predictor: LatencyPredictor, tmp_path: Path
) -> None:
    write_report(tmp_path, "own", study(), summary, predictor)
    front = json.loads((tmp_path / "front.json").read_text())
    assert front["accuracy"] == accuracy_label(study())
    assert front["front"]
    for entry in front["front"]:
        low, high = entry["top1_interval"]
        assert entry["top1_kind"] == ESTIMATED
        assert low <= entry["top1"] <= high
        assert entry["sampling_error"] is None
    assert "estimated by a surrogate, not trained" in (tmp_path / "report.html").read_text()


def test_error_bars_are_the_error_of_the_surrogate(
    summary: Summary, predictor: LatencyPredictor
) -> None:
    figure = study_figure(study(), summary, predictor)
    bars = [trace.error_y.array for trace in figure.data if trace.error_y.array is not None]
    assert bars
    for heights in bars:
        assert list(heights) == pytest.approx([PERCENT * result_of().error] * len(heights))


def test_trainings_are_said_to_be_trainings(predictor: LatencyPredictor) -> None:
    candidates = Candidates(SPACE, predictor, study().limits)
    record = candidates.record(XS, role=Role.SEARCH, seeds=[0])
    training = TrainingResult(curve=curve_of(XS, 0), device="cpu", precision="float32")
    done = record.changed(evaluations=(Evaluation(seed=0, result=training),))
    trials = [
        StoredTrial(number=0, state=State.COMPLETE, record=done),
        StoredTrial(number=1, state=State.FAILED, record=record),
    ]
    summary = summarise(trials, study(evaluator="training"), candidates)
    assert [row.top1_kind for row in summary.rows] == [TRAINED, ""]
    assert summary.kind == TRAINED
    assert "proxy accuracy, %" in readable_rows(summary.rows, summary)


def test_there_is_no_curve_to_draw(summary: Summary, predictor: LatencyPredictor) -> None:
    candidates = Candidates(SPACE, predictor, study().limits)
    record = candidates.record(XS, role=Role.SEARCH, seeds=[0])
    done = record.changed(evaluations=(Evaluation(seed=0, result=result_of()),))
    trial = StoredTrial(number=0, state=State.COMPLETE, record=done)
    assert curves_of(trial).empty
    assert summary.rows
