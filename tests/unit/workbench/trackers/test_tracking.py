"""Runs are opened once, continued by their links, and no failing tracker harms the work."""

import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from nasbench_mvit.errors import TrackerError
from nasbench_mvit.workbench.trackers.by_name import TrackerName, connected
from nasbench_mvit.workbench.trackers.contract import Run, RunName, Value
from nasbench_mvit.workbench.trackers.links import FILE, Link, read_links
from nasbench_mvit.workbench.trackers.outbox import Outbox
from nasbench_mvit.workbench.trackers.tracking import WHOLE, tracking

NAME = TrackerName("mlflow", "http://user:secret@host")


class FakeRun:
    """A run that keeps what it takes, and fails at a step."""

    def __init__(self, id_: str, log: list[str], fails_at: int | None) -> None:
        self.id, self.link = id_, f"page of {id_}"
        self.known: Mapping[str, set[int]] = {"old": {1}}
        self._log, self._fails_at = log, fails_at

    def metrics(self, values: Mapping[str, float], step: int) -> None:
        if step == self._fails_at:
            raise ConnectionError("http://user:secret@host is gone\nmore")
        self._log.append(f"{self.id} {dict(values)} {step}")

    def file(self, path: Path) -> None:
        self._log.append(f"{self.id} {path.name}")

    def close(self, *, failed: bool) -> None:
        self._log.append(f"{self.id} {'failed' if failed else 'closed'}")


class FakeTracker:
    """Opens runs, but not those whose name it refuses."""

    def __init__(self, *, fails_at: int | None = None, refuses: str | None = None) -> None:
        self.log: list[str] = []
        self._fails_at, self._refuses = fails_at, refuses

    def open(
        self, name: RunName, params: Mapping[str, Value], known: str | None, whole: Run | None
    ) -> FakeRun:
        if str(name) == self._refuses:
            raise PermissionError("not yours")
        how = "again" if known else f"in {whole.id}" if whole else "alone"
        self.log.append(f"open {name} {dict(params)} {how}")
        return FakeRun(known or str(name).replace(" ", "-"), self.log, self._fails_at)


Use = Callable[[FakeTracker], FakeTracker]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Use:
    def put(tracker: FakeTracker) -> FakeTracker:
        monkeypatch.setattr(TrackerName, "connect", lambda _self: tracker)
        return tracker

    return put


def work(folder: Path, steps: int = 2) -> None:
    with tracking(connected([NAME]), folder, "s") as tracked:
        tracked.begin(WHOLE, {"a": 1})
        tracked.begin("trial 0", {})
        for step in range(steps):
            tracked.metrics("trial 0", {"x": step / 2, "y": float("nan")}, step)
        tracked.end("trial 0", failed=True)
        tracked.files(WHOLE, [folder / FILE, folder / "absent"])


def test_parts_lie_in_the_whole_and_links_continue_them(use: Use, tmp_path: Path) -> None:
    tracker = use(FakeTracker())
    work(tmp_path)
    assert tracker.log == [
        "open s {'a': 1} alone",
        "open s trial 0 {} in s",
        "s-trial-0 {'x': 0.0} 0",
        "s-trial-0 {'x': 0.5} 1",
        "s-trial-0 failed",
        f"s {FILE}",
        "s closed",
    ]
    links = {"s": Link("s", "page of s"), "s trial 0": Link("s-trial-0", "page of s-trial-0")}
    assert read_links(tmp_path) == {"mlflow:http://host": links}
    tracker.log.clear()
    work(tmp_path)
    assert [line for line in tracker.log if line.startswith("open")] == [
        "open s {'a': 1} again",
        "open s trial 0 {} again",
    ]


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"t": {"s": 1}}', '{"t": 1}'])
def test_links_that_are_damaged_start_anew(damage: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(damage)
    assert read_links(tmp_path) == {}


@pytest.mark.parametrize("tracker", [FakeTracker(fails_at=1), FakeTracker(refuses="s trial 0")])
def test_a_tracker_that_fails_midway_is_one_warning(
    tracker: FakeTracker, use: Use, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    use(tracker)
    work(tmp_path, steps=4)
    (record,) = [r for r in caplog.records if r.levelno == logging.WARNING]
    message = record.getMessage()
    assert "tracking to mlflow:http://host failed" in message
    assert "the work itself goes on" in message
    assert "secret" not in message
    assert not any(line.endswith(("2", "3")) for line in tracker.log)


def test_a_tracker_that_fails_at_once_is_an_error(use: Use, tmp_path: Path) -> None:
    use(FakeTracker(refuses="s"))
    with pytest.raises(TrackerError, match="mlflow:http://host cannot be used: not yours"):
        work(tmp_path)


def test_an_error_of_the_work_closes_the_runs_as_failed(use: Use, tmp_path: Path) -> None:
    tracker = use(FakeTracker())

    def stopped() -> None:
        with tracking(connected([NAME]), tmp_path, "s") as tracked:
            tracked.begin(WHOLE, {})
            tracked.begin("trial 0", {})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert tracker.log[-2:] == ["s-trial-0 failed", "s failed"]


def test_a_tracker_that_hangs_is_left_behind(caplog: pytest.LogCaptureFixture) -> None:
    release = threading.Event()

    def hang() -> None:
        release.wait()

    outbox = Outbox("tracking to x", patience_s=0.01)
    outbox.put(hang)
    outbox.put(hang)
    outbox.close()
    release.set()
    assert "has not answered" in caplog.text
    assert "2 entries were not written" in caplog.text


def test_points_that_a_run_has_are_not_repeated(use: Use, tmp_path: Path) -> None:
    tracker = use(FakeTracker())
    with tracking(connected([NAME]), tmp_path, "s") as tracked:
        tracked.begin(WHOLE, {})
        for step in (1, 2):
            tracked.metrics(WHOLE, {"old": 1.0, "d = 2×3/top1": 2.0}, step)
        tracked.metrics(WHOLE, {"old": 1.0}, 1)
    assert tracker.log[1:-1] == [
        "s {'d _ 2_3/top1': 2.0} 1",
        "s {'old': 1.0, 'd _ 2_3/top1': 2.0} 2",
    ]
