"""Trackers by name: what is refused, and that no password is shown."""

import pytest

from nasbench_mvit.errors import TrackerError
from nasbench_mvit.io.system import extras
from nasbench_mvit.workbench.trackers.by_name import HOMES, TrackerName, tracker_names
from nasbench_mvit.workbench.trackers.params import flat


def test_a_name_has_a_kind_and_a_place() -> None:
    uri = "mlflow:postgresql://user:secret@host/runs"
    (name, other) = tracker_names([uri, "tensorboard:runs/a b", uri])
    assert (name.kind, name.place) == ("mlflow", "postgresql://user:secret@host/runs")
    assert str(name) == "mlflow:postgresql://host/runs"
    assert other == TrackerName("tensorboard", "runs/a b")


@pytest.mark.parametrize(
    ("text", "needle"),
    [
        ("mlflwo:x", "unknown tracker 'mlflwo'. Did you mean 'mlflow'?"),
        ("runs", "unknown tracker 'runs'"),
        ("", "unknown tracker ''"),
        ("wandb:", "'wandb:' names no place"),
        ("trackio:  ", "names no place"),
        (7, "must be a list of texts"),
    ],
)
def test_what_names_no_tracker_is_refused(text: object, needle: str) -> None:
    with pytest.raises(TrackerError) as error:
        tracker_names([text])  # type: ignore[list-item]
    assert needle in str(error.value)
    assert "mlflow:URI, tensorboard:DIR, wandb:PROJECT or trackio:PROJECT" in str(error.value)


@pytest.mark.parametrize("kind", HOMES)
def test_a_missing_library_is_named_with_its_extra(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extras, "is_installed", lambda _: False)
    with pytest.raises(TrackerError, match=rf"{kind} is not installed.*nasbench-mvit\[{kind}\]"):
        TrackerName(kind, "place").connect()


def test_parameters_are_plain_values() -> None:
    nested = {"a": {"b": 1, "c": {"d": True}}, "e": [1, "x"], "f": None, "g": "y"}
    assert flat(nested) == {"a.b": 1, "a.c.d": True, "e": '[1, "x"]', "g": "y"}
