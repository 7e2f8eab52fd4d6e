"""Permits, breakers and refusals in the calls of real events."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from service import settings
from service.ledger import operators
from service.ledger.life import Reason, Status
from service.ledger.tables import Attempt, Vendor
from tests.pacing.hand import Bench, fill_quota
from tests.stack import environment
from workers.flows.calls import Calls
from workers.pacing.gate import Wait
from workers.vendors.errors import AccessDenied, RateLimited, Transient
from workers.vendors.obzvonilka import operations as obzvonilka
from workers.vendors.omnidesk import operations as omnidesk
from workers.vendors.operation import InvalidInput


def test_a_full_help_desk_does_not_delay_the_dialer(bench: Bench) -> None:
    fill_quota(bench)
    flow = bench.flow()
    with flow.branch():
        flow.call(omnidesk.CASES_LIST)
    with flow.branch():
        flow.call(obzvonilka.CONTACTS_GET, path={"base_id": "1", "contact_id": "1"})
    (trouble,) = flow.troubles
    assert isinstance(trouble, Wait)
    assert trouble.reason == Reason.QUOTA
    assert bench.hand.calls[-1][0] == obzvonilka.CONTACTS_GET.name


def test_a_refusal_writes_no_attempt_and_is_no_failure(bench: Bench) -> None:
    fill_quota(bench)
    bench.edit(7)
    bench.work()
    event = bench.event(7)
    assert (event.status, event.reason, event.failures) == (Status.WAITING, Reason.QUOTA, 0)
    with bench.ledger.read() as session:
        assert not session.scalars(select(Attempt).where(Attempt.event_seq == event.seq)).all()


def test_failing_again_and_again_opens_the_breaker(bench: Bench) -> None:
    failure = Transient(vendor="omnidesk", operation="omnidesk.cases.update", sentence="Down.", status=503)
    bench.edit(1)
    for _ in range(5):
        bench.hand.answers.append(failure)
        bench.due_now()
        bench.work()
    bench.due_now()
    bench.work()
    event = bench.event(1)
    assert (event.reason, event.failures) == (Reason.BREAKER, 5)
    assert len(bench.hand.calls) == 5
    with bench.ledger.read() as session:
        pacing = session.scalars(select(Vendor.pacing).where(Vendor.name == "omnidesk")).one()
    assert pacing
    assert [name for name, _ in pacing["open"]] == ["omnidesk.cases.update"]


def test_a_429_is_no_attempt_of_the_work(bench: Bench) -> None:
    bench.edit(1)
    bench.hand.answers.append(
        RateLimited(vendor="omnidesk", operation="x", sentence="Spent.", status=429, retry_after=30.0)
    )
    bench.work()
    assert (bench.event(1).reason, bench.event(1).failures) == (Reason.QUOTA, 0)
    bench.edit(2, "open")
    bench.work()
    assert len(bench.hand.calls) == 1
    with bench.ledger.read() as session:
        row = session.scalars(select(Vendor)).one()
    assert row.pacing
    assert (row.quota_left, row.pacing["refusals"]) == (None, 1)


def test_access_denied_stops_the_lane_until_the_probe_or_a_person(bench: Bench) -> None:
    bench.edit(1)
    bench.hand.answers.append(
        AccessDenied(vendor="omnidesk", operation="x", sentence="No.", next_action="Check.", status=401)
    )
    bench.work()
    assert bench.event(1).reason == Reason.PAUSED
    bench.edit(2, "open")
    bench.work()
    assert (bench.event(2).reason, len(bench.hand.calls)) == (Reason.PAUSED, 1)
    with bench.ledger.write() as session:
        operators.resume(session, "omnidesk", "olga")
    bench.work()
    assert len(bench.hand.calls) > 1


def test_a_pause_is_honoured_at_once_and_costs_no_permit(bench: Bench) -> None:
    with bench.ledger.write() as session:
        operators.pause(session, "omnidesk", "olga")
    bench.edit(1)
    bench.edit(2, "open")
    bench.work()
    assert (bench.event(1).reason, bench.event(2).reason) == (Reason.PAUSED, Reason.PAUSED)
    assert not bench.hand.calls
    (key,) = bench.client.scan_iter("perezvon:pacing:omnidesk:*")
    assert list(bench.client.hscan_iter(key, no_values=True)) == [b"state"]


def test_a_call_that_would_not_be_valid_takes_nothing(bench: Bench) -> None:
    flow = bench.flow()
    with pytest.raises(InvalidInput):
        bench.calls.call(flow.event, "step", omnidesk.CASES_UPDATE, path={"case_ids": ""})
    assert not bench.client.keys("perezvon:pacing:*")
    with bench.ledger.read() as session:
        assert not session.scalars(select(Attempt)).all()


def test_without_redis_nothing_is_called(bench: Bench, tmp_path: Path) -> None:
    away = environment(
        tmp_path, "http://127.0.0.1:9", DATABASE_URL=str(bench.ledger.url), REDIS_URL="redis://127.0.0.1:1/0"
    )
    calls = Calls(bench.ledger, bench.hand, settings.load(away))  # type: ignore[arg-type]
    with pytest.raises(Wait, match="Redis is away"):
        calls.call(bench.flow().event, "step", omnidesk.CASES_LIST)
    assert not bench.hand.calls
