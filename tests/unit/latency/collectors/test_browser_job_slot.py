"""Leases and deliveries, without a server."""

from pathlib import Path

import pytest
from browsing import (
    OTHER_PAGE,
    OTHER_UPLOAD,
    PAGE,
    PLAN,
    UPLOAD,
    Clock,
    body,
    failed,
    job,
    timed,
)

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.collectors.browser.inbox import Inbox
from nasbench_mvit.latency.collectors.browser.job_slot import (
    LEASE,
    DeliveryOutcome,
    JobSlot,
    NotReadyError,
    Offer,
    Phase,
)
from nasbench_mvit.latency.collectors.browser.upload import Timed, TimingFailure, UploadError

JOB = job()
NEXT = job(position=2)


def slot_in(folder: Path, clock: Clock | None = None) -> JobSlot:
    return JobSlot(Inbox(folder), clock or Clock())


def offer(of: object = JOB) -> Offer:
    assert of in (JOB, NEXT)
    return Offer(JOB if of == JOB else NEXT, Path("network.onnx"), PLAN)


def test_an_empty_desk_has_nothing_to_lease(tmp_path: Path) -> None:
    slot = slot_in(tmp_path)
    assert slot.lease(PAGE) == (Phase.PREPARING, None)
    assert slot.take(0) is None
    with pytest.raises(NotReadyError):
        slot.model(JOB.spec.id)
    with pytest.raises(NotReadyError):
        slot.renew(PAGE, JOB.id)
    with pytest.raises(NotReadyError):
        slot.deliver(UPLOAD, body(timed(JOB)))


def test_a_job_goes_to_one_page_until_its_lease_ends(tmp_path: Path) -> None:
    clock = Clock()
    slot = slot_in(tmp_path, clock)
    slot.put(offer())
    assert slot.lease(PAGE) == (Phase.JOB, offer())
    assert slot.lease(OTHER_PAGE) == (Phase.BUSY, None)
    assert slot.lease(PAGE) == (Phase.JOB, offer())  # as after a reload
    clock.advance(LEASE.total_seconds() - 1)
    assert slot.renew(PAGE, JOB.id)
    clock.advance(LEASE.total_seconds() - 1)
    assert slot.lease(OTHER_PAGE) == (Phase.BUSY, None)
    clock.advance(1)
    assert slot.lease(OTHER_PAGE) == (Phase.JOB, offer())
    assert not slot.renew(PAGE, JOB.id)


def test_a_delivery_ends_the_job(tmp_path: Path) -> None:
    slot = slot_in(tmp_path)
    slot.put(offer())
    slot.lease(PAGE)
    assert slot.deliver(UPLOAD, body(timed(JOB))) is DeliveryOutcome.KEPT
    assert slot.lease(PAGE) == (Phase.PREPARING, None)
    assert not slot.renew(PAGE, JOB.id)
    delivery = slot.take(0)
    assert delivery is not None
    assert isinstance(delivery.result, Timed)
    assert slot.take(0) is None
    slot.put(offer(NEXT))
    assert slot.lease(PAGE) == (Phase.JOB, offer(NEXT))


def test_an_id_stands_for_one_result(tmp_path: Path) -> None:
    slot = slot_in(tmp_path)
    slot.put(offer())
    assert slot.deliver(UPLOAD, body(timed(JOB))) is DeliveryOutcome.KEPT
    assert slot.deliver(UPLOAD, body(timed(JOB))) is DeliveryOutcome.KNOWN
    assert slot.deliver(UPLOAD, body(timed(JOB, warmup_runs=8))) is DeliveryOutcome.CONFLICT
    assert slot.deliver(OTHER_UPLOAD, body(timed(JOB, warmup_runs=8))) is DeliveryOutcome.FINISHED
    assert slot.deliver(OTHER_UPLOAD, body(timed(NEXT))) is DeliveryOutcome.UNKNOWN


def test_a_result_without_a_lease_is_taken(tmp_path: Path) -> None:
    slot = slot_in(tmp_path)
    slot.put(offer())
    assert slot.deliver(UPLOAD, body(timed(JOB))) is DeliveryOutcome.KEPT


def test_a_desk_set_up_anew_knows_what_was_delivered(tmp_path: Path) -> None:
    """The server was killed after it kept a result and before the record was written."""
    first = slot_in(tmp_path)
    first.put(offer())
    first.deliver(UPLOAD, body(timed(JOB)))
    clock = Clock()
    clock.advance(120)
    again = slot_in(tmp_path, clock)
    assert again.deliver(UPLOAD, body(timed(JOB))) is DeliveryOutcome.KNOWN  # its answer was lost
    again.put(offer())
    assert again.lease(PAGE) == (Phase.PREPARING, None)
    delivery = again.take(0)
    assert delivery is not None
    assert delivery.ended_at == Clock().now


def test_an_old_delivery_is_measured_again(tmp_path: Path) -> None:
    first = slot_in(tmp_path)
    first.put(offer())
    first.deliver(UPLOAD, body(timed(JOB)))
    clock = Clock()
    clock.advance(3600)
    again = slot_in(tmp_path, clock)
    again.put(offer())
    assert again.lease(PAGE) == (Phase.JOB, offer())


def test_a_failure_is_tried_again_by_the_next_server(tmp_path: Path) -> None:
    first = slot_in(tmp_path)
    first.put(offer())
    assert first.deliver(UPLOAD, body(failed(JOB))) is DeliveryOutcome.KEPT
    delivery = first.take(0)
    assert delivery is not None
    assert isinstance(delivery.result, TimingFailure)
    again = slot_in(tmp_path)
    again.put(offer())
    assert again.lease(PAGE) == (Phase.JOB, offer())
    assert again.deliver(OTHER_UPLOAD, body(timed(JOB))) is DeliveryOutcome.KEPT


def test_what_breaks_a_rule_leaves_the_job_on_the_desk(tmp_path: Path) -> None:
    slot = slot_in(tmp_path)
    slot.put(offer())
    with pytest.raises(UploadError):
        slot.deliver(UPLOAD, body(timed(JOB, samples_ms=[-1.0])))
    assert slot.take(0) is None
    assert slot.lease(PAGE) == (Phase.JOB, offer())
    assert list(tmp_path.iterdir()) == []


def test_the_end_is_told(tmp_path: Path) -> None:
    slot = slot_in(tmp_path)
    slot.put(offer())
    slot.end()
    assert slot.lease(PAGE) == (Phase.ENDED, None)
    slot.wait_until_told(timeout_s=60)  # at once
    with pytest.raises(NotReadyError):  # the page keeps it for the next server
        slot.deliver(UPLOAD, body(timed(JOB)))


def test_only_the_file_of_the_job_at_hand_is_given_out(tmp_path: Path) -> None:
    slot = slot_in(tmp_path)
    slot.put(offer())
    assert slot.model(JOB.spec.id) == Path("network.onnx")
    assert slot.model("0" * 16) is None


def test_a_damaged_delivery(tmp_path: Path) -> None:
    (tmp_path / f"{UPLOAD}.json").write_bytes(b"{")
    with pytest.raises(MeasurementError, match=r"json is damaged: .* Remove it"):
        Inbox(tmp_path)
