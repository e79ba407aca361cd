"""The browser as a collector, with a page that is a thread."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from browsing import Printed
from fake_page import TIMED, Outcome, collector_with_page, collector_without_page
from measuring import NETWORK, REFERENCE, after
from tiny_training import tiny_spec

from nasbench_mvit.latency.collectors.browser import collector as collector_module
from nasbench_mvit.latency.collectors.contract import NetworkFailedError
from nasbench_mvit.latency.records.job import TimingJob
from nasbench_mvit.latency.records.protocol import MeasurementProtocol

TINY = tiny_spec()


def first_job() -> TimingJob:
    job = MeasurementProtocol([REFERENCE, NETWORK], TINY).next_job(after(0))
    assert job is not None
    return job


def test_the_page_is_waited_for_and_told_of_the_end(tmp_path: Path) -> None:
    collector, page = collector_with_page(tmp_path)
    target = collector.target
    assert (target.runtime, target.engine) == ("onnxruntime-web", "wasm in Chrome 131")
    record = collector.measure(first_job())
    assert list(record.samples_ms) == TIMED["samples_ms"]
    assert record.target == target
    (model,) = (tmp_path / "models").iterdir()
    assert page.networks == [model.stat().st_size]
    collector.close()
    page.join(timeout=30)
    assert not page.is_alive()


def test_what_the_browser_says_of_a_network_it_cannot_run(tmp_path: Path) -> None:
    outcomes: Iterator[Outcome] = iter([{"outcome": "failed", "reason": "out of memory"}, TIMED])
    collector, page = collector_with_page(tmp_path, lambda: next(outcomes))
    job = first_job()
    with pytest.raises(NetworkFailedError, match="the browser says: out of memory"):
        collector.measure(job)
    assert collector.measure(job).spec == job.spec  # the same job again is run again
    collector.close()
    page.join(timeout=30)


def test_the_terminal_says_why_nothing_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collector_module, "SILENT", timedelta(0))
    screen = Printed()
    collector = collector_without_page(tmp_path, screen)
    try:
        collector._watch()
        collector._watch()  # said once
        assert screen.lines.count(collector_module.NONE_CAME) == 1
        collector.slot.lease("0" * 16)
        collector._watch()
        collector._watch()
        assert screen.lines.count(collector_module.FELL_SILENT) == 1
        collector.slot.lease("0" * 16)
        collector._watch()
        assert screen.lines[-1] == "the browser is back"
    finally:
        collector.close()
