"""What is wrong in a file is said in the words of its format, for every kind of file."""

import json
import re
import typing
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, ValidationError

from nasbench_mvit.ablation.design.config import AblationConfig
from nasbench_mvit.ablation.design.terms import PaperTerms
from nasbench_mvit.ablation.results.document import AblationReport
from nasbench_mvit.architecture.space_file import SpaceFile
from nasbench_mvit.errors import StudyError
from nasbench_mvit.export.manifest import Manifest
from nasbench_mvit.io import catalogue, validation
from nasbench_mvit.latency.collectors.browser.upload import Timed, TimingFailure
from nasbench_mvit.latency.predictor.document import PredictorDocument
from nasbench_mvit.latency.records.plan import MeasurementPlan
from nasbench_mvit.latency.records.record import Measurement, Timing
from nasbench_mvit.search.finalists.record import FinalPlan, FinalRecord
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.study.sections import Limits
from nasbench_mvit.search.trials.record import TrialRecord
from nasbench_mvit.surrogate.files import SurrogateDescription
from nasbench_mvit.table.files import TableDescription
from nasbench_mvit.training.full.recipe import FullRecipe
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.workbench.evaluations.record import _File as ScoresFile

OF_JSON = (AblationReport, TimingFailure, Manifest, Measurement, MeasurementPlan, ScoresFile,
           SurrogateDescription, TableDescription, Timed, Timing)  # fmt: skip
KINDS = (*OF_JSON, AblationConfig, FinalPlan, FinalRecord, FullRecipe, PaperTerms,
         PredictorDocument, ProxyConfig, SpaceFile, StudyConfig, TrialRecord)  # fmt: skip
SMOKE = yaml.safe_load(catalogue.find("studies", "smoke", StudyError).read_text())
WORDS_OF_PYDANTIC = re.compile(
    r"[Ii]nput|_error|_type|_parsing|NoneType|\bint\b|\bstr\b|\bbool\b|\bfloat\b|\bdict\b|literal\["
    r"|list\[|tuple\[|function-|[Vv]alue error|not permitted|[Ff]ield required|pydantic|\[key\]"
    r"|must be valid"
)
JUNK: tuple[Any, ...] = (
    None, True, -1, 0, 2**70, 0.5, -0.5, float("nan"), float("inf"), "", "x", "nan", "a" * 300,
    "2026-13-01", "2026-11-28", "2026-11-28T20:08:00", [], [None], [[]], ["x"] * 300, {},
    {"x": None}, {1: 2}, {"x": {"x": 1}},
)  # fmt: skip


def nested(annotation: object) -> Iterator[type[BaseModel]]:
    """Yield the models inside an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in typing.get_args(annotation):
        yield from nested(part)


def mutilated(kind: type[BaseModel], junk: object) -> Iterator[dict[str, Any]]:
    """Yield what has ``junk`` in every field of a kind, and in those of the models inside."""
    fields = kind.model_fields
    yield dict.fromkeys(fields, junk) | {"colour": junk}
    for name, field in fields.items():
        for inside in nested(field.annotation):
            for part in mutilated(inside, junk):
                yield from ({name: part}, {name: [part]}, {name: {"x": part}})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_no_word_of_pydantic_reaches_a_message(
    kind: type[BaseModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validation, "MAX_ERRORS_SHOWN", 1000)
    for junk in JUNK:
        for data in mutilated(kind, junk):
            try:
                if kind in OF_JSON:
                    kind.model_validate_json(json.dumps(data))
                else:
                    kind.model_validate(data)
            except ValidationError as problem:
                message = validation.explain(problem, data, kind)
                own_words = re.sub(r"'[^']*'|\(.*?\)|Available.*?\.", "", message)
                assert not WORDS_OF_PYDANTIC.search(own_words), message


@pytest.mark.parametrize(
    ("model", "data", "message"),
    [
        (
            ProxyConfig,
            {"optimizer": "adam"},
            "'optimizer' must be 'adamw' or 'muon', got 'adam'. Did you mean 'adamw'?",
        ),
        (StudyConfig, {"trials": None}, "'trials' must be a whole number, got null."),
        (StudyConfig, SMOKE | {"trails": 3}, "unknown key 'trails'. Did you mean 'trials'? Avail"),
        (
            SpaceFile,
            {"axes": {"resolution": [256, None]}},
            "1' must be true or false, a whole number, a number, text or a list, got null.",
        ),
        (
            SpaceFile,
            {"axes": {"resolution": [[256, "x"], 1]}},
            "'axes.resolution.0.1' must be a whole number, got 'x'.",
        ),
        (SpaceFile, {"axes": [1]}, "'axes' must be a mapping, got [1]."),
        (FullRecipe, {"sizes": ("b",)}, "mine.yaml: 'sizes.0' must be a whole number, got 'b'."),
        (ProxyConfig, {"input_sizes": []}, "'input_sizes' must have 1 or more entries, got []."),
    ],
)
def test_a_wrong_value_is_explained(model: type[BaseModel], data: Any, message: str) -> None:
    with pytest.raises(StudyError) as caught:
        validation.validate(data, model, StudyError, where="mine.yaml")
    assert message in str(caught.value)


def test_one_more_wrong_field_is_counted() -> None:
    with pytest.raises(StudyError, match=r"1 more field is wrong\.$"):
        validation.validate(dict.fromkeys("abcdef"), Limits, StudyError, where="mine.yaml")
