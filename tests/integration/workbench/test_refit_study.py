"""A study's front measured, its predictor adapted, its search continued: a table answers."""

from pathlib import Path

import pytest
from measuring import FakeCollector, fake_target

from nasbench_mvit.cli.measure.command import main
from nasbench_mvit.errors import StudyError
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.search.study.config import load_study
from nasbench_mvit.search.trials.record import Role, State, StoredTrial
from nasbench_mvit.workbench.measurements.measure import measure_latency
from nasbench_mvit.workbench.measurements.sources import StudyFront
from nasbench_mvit.workbench.measurements.targets.contract import MeasurementTarget
from nasbench_mvit.workbench.shared.completion import Completion
from nasbench_mvit.workbench.studies.open import open_study
from nasbench_mvit.workbench.studies.refit import RefittedStudy, refit_study
from nasbench_mvit.workbench.studies.run import run_study

RUN = "runs/table_iphone"


@pytest.fixture(autouse=True)
def _searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name, config = load_study("table_iphone")
    config = config.with_options(trials=8, sampler="random", limits={})  # new latencies reject none
    run_study(config, run_dir=RUN, name=name)


def phone() -> MeasurementTarget:
    return fake_target(FakeCollector(macs_per_ms=5e8))()


def refitted(trials: int | None = None) -> RefittedStudy:
    target = phone()
    found = measure_latency(StudyFront("table_iphone"), target, run_dir="runs/phone", passes=1)
    return refit_study("table_iphone", found.records, trials=trials)


def first_trials(place: str | Path) -> dict[str, StoredTrial]:
    trials = open_study(place).reading.trials
    return {
        trial.record.spec_id: trial
        for trial in trials
        if trial.state is State.COMPLETE and trial.record.duplicate_of is None
    }


def test_trainings_stay_and_latencies_are_those_of_the_new_predictor() -> None:
    before = first_trials(RUN)
    found = refitted()
    assert found.result.completion is Completion.DONE
    after = first_trials(RUN)
    predictor = load_predictor(found.predictor.path)
    assert after.keys() >= before.keys()
    for spec_id, trial in before.items():
        record = after[spec_id].record
        assert record.evaluations == trial.record.evaluations
        assert record.superseded == (trial.record.latency,)
        assert record.latency.ms == predictor.predict(record.network()).ms
        assert record.latency.predictor == "table_iphone"


def test_the_earlier_run_is_kept_whole_beside_the_new_one() -> None:
    before = first_trials(RUN)
    refitted()
    (aside,) = Path("runs").glob("table_iphone.*")
    assert first_trials(aside) == before


@pytest.mark.parametrize("cut", ["carry_over", "set_aside"])
def test_a_refit_that_is_cut_short_leaves_the_run_as_it_was(
    cut: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    before = first_trials(RUN)
    with monkeypatch.context() as patch:
        patch.setattr(f"nasbench_mvit.workbench.studies.run.{cut}", interrupted)
        with pytest.raises(KeyboardInterrupt):
            refitted()
    assert first_trials(RUN) == before
    refitted()
    after = first_trials(RUN)
    assert {spec_id: after[spec_id].record.evaluations for spec_id in before} == {
        spec_id: trial.record.evaluations for spec_id, trial in before.items()
    }
    assert sorted(path.name for path in Path(RUN).glob("*new*")) == []


def test_the_search_goes_on_from_what_was_searched() -> None:
    before = first_trials(RUN)
    refitted(trials=12)
    after = first_trials(RUN)
    searched = [trial for trial in after.values() if trial.record.role is Role.SEARCH]
    assert len(searched) == 12
    new = [trial.record for spec_id, trial in after.items() if spec_id not in before]
    assert {record.latency.predictor for record in new} == {"table_iphone"}
    assert not any(record.superseded for record in new)


def test_a_second_refit_adapts_the_first_and_keeps_both_earlier_latencies() -> None:
    before = first_trials(RUN)
    first, second = refitted(), refitted()
    assert second.predictor.path != first.predictor.path
    assert second.predictor.parent == first.predictor.document
    after = [trial for spec_id, trial in first_trials(RUN).items() if spec_id in before]
    assert {len(trial.record.superseded) for trial in after} == {2}


def test_networks_over_a_limit_by_the_new_latency_are_rejected_with_their_trainings() -> None:
    _, config = load_study("table_iphone")
    limits = {"latency_ms": 6.0}
    run_study(
        config.with_options(trials=8, sampler="random", limits=limits), run_dir="runs/limited"
    )
    target = fake_target(FakeCollector())()  # ten times slower than the phone predicts
    found = measure_latency(StudyFront("runs/limited"), target, run_dir="runs/phone", passes=1)
    with pytest.raises(StudyError, match=r"none of .* within the limits"):
        refit_study("runs/limited", found.records)
    assert first_trials("runs/limited")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--refit"], "needs --front"),
        (["--refit", "--front", "x", "--prepare-only"], "needs --front"),
        (["--front", "x", "--trials", "9"], "needs --refit"),
    ],
)
def test_options_that_need_another(
    options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--target", "onnxruntime", *options])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_one_command_measures_refits_and_continues(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("nasbench_mvit.cli.measure.command.targets_of", lambda *_: [phone()])
    arguments = ["--target", "onnxruntime", "--front", "table_iphone", "--passes", "1"]
    assert main([*arguments, "--refit", "--trials", "9"]) == 0
    assert "predictor: runs/measure-onnxruntime/table_iphone.json" in capsys.readouterr().out
    assert open_study(RUN).config.predictor == "runs/measure-onnxruntime/table_iphone.json"
