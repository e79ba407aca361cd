import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from nasbench_mvit.architecture.published import published
from nasbench_mvit.search.trials.parse import stored_trial
from nasbench_mvit.search.trials.record import State, TrialRecord

GOLDEN = Path(__file__).parents[3] / "golden" / "trial_records_v1.json"


@pytest.mark.parametrize("name", ["complete", "rejected", "failed", "stopped"])
def test_records_of_the_first_schema_are_read_and_written_unchanged(name: str) -> None:
    data = json.loads(GOLDEN.read_text())[name]
    record = TrialRecord.model_validate(data)
    assert record.model_dump(mode="json") == data
    assert record.network().id == record.spec_id


def test_what_is_missing_is_what_is_planned_and_not_done() -> None:
    data = json.loads(GOLDEN.read_text())["complete"]
    record = TrialRecord.model_validate(data | {"seeds": [0, 1, 2]})
    assert record.missing_seeds() == [1, 2]
    assert record.top1() == record.evaluations[0].result.curve[-1].top1
    assert record.seconds() == record.evaluations[0].result.curve[-1].seconds


@pytest.mark.parametrize(
    "change",
    [{"schema_version": 2}, {"params": "many"}, {"unheard_of": 1}, {"role": "guest"}],
)
def test_a_damaged_record_is_refused(change: dict[str, object]) -> None:
    data = json.loads(GOLDEN.read_text())["complete"]
    with pytest.raises(ValidationError):
        TrialRecord.model_validate(data | change)


def test_a_stopped_record_says_where_it_was_stopped() -> None:
    record = TrialRecord.model_validate(json.loads(GOLDEN.read_text())["stopped"])
    assert record.judged is not None
    last = record.judged.curve[-1]
    assert record.is_stopped
    assert record.judged.rung == last.fraction
    assert record.seconds() == last.seconds
    assert record.reason().startswith(f"stopped at {100 * last.fraction:g} % of its training")
    assert record.changed(duplicate_of=3).seconds() == 0
    assert stored_trial(1, "PRUNED", record.model_dump(mode="json"), location="here",
                        snapshot={}, is_at_work=True).state is State.STOPPED  # fmt: skip


def test_a_record_without_training_has_no_accuracy() -> None:
    record = TrialRecord.model_validate(json.loads(GOLDEN.read_text())["rejected"])
    assert record.top1() != record.top1()  # NaN
    assert record.network() != published("mobilevit_s")
