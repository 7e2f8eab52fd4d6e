"""Permits, breakers and refusals in the calls of real events."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from sqlalchemy import select, update

from service import settings
from service.ledger import operators, record
from service.ledger.life import MoveRefused, Reason, Status
from service.ledger.tables import Attempt, Event, Vendor
from tests.pacing.hand import Bench, fill_quota
from tests.stack import environment
from workers.flows import calls, standing
from workers.flows.calls import Calls
from workers.pacing.gate import Wait
from workers.vendors.errors import AccessDenied, RateLimited, ThingDenied, Transient, VendorError
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


DOWN = Transient(vendor="omnidesk", operation="omnidesk.cases.update", sentence="Down.", status=503)


def test_who_asks_to_come_again_later_is_left_in_peace_so_long(bench: Bench) -> None:
    busy = Transient(
        vendor="omnidesk",
        operation=omnidesk.CASES_LIST.name,
        sentence="Maintenance.",
        status=503,
        retry_after=40.0,
    )
    bench.hand.answers.append(busy)
    flow = bench.flow()
    with pytest.raises(Transient):
        flow.call(omnidesk.CASES_LIST)
    with pytest.raises(Wait) as caught:
        flow.call(omnidesk.CASES_LIST)
    assert 30_000 < caught.value.delay <= 41_000
    assert len(bench.hand.calls) == 1


def test_what_a_worker_stood_still_before_is_not_sent(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another may have looked for it meanwhile, and do it itself."""
    clock, begin = [100.0], record.begin_attempt

    def slowly(*given: Any, **more: Any) -> int:
        clock[0] += 6
        return begin(*given, **more)

    flow = bench.flow()
    with monkeypatch.context() as patched:
        patched.setattr(calls, "time", SimpleNamespace(monotonic=lambda: clock[0]))
        patched.setattr(record, "begin_attempt", slowly)
        with pytest.raises(Transient) as caught:
            flow.call(omnidesk.CASES_LIST)
    assert not caught.value.sent
    assert bench.hand.calls == []
    flow.call(omnidesk.CASES_LIST)
    assert len(bench.hand.calls) == 1


def shut(bench: Bench) -> None:
    """Five different things fail, one after another."""
    for number in range(1, 6):
        bench.edit(number, group_id=number)
        bench.hand.answers.append(DOWN)
        bench.work()
        with bench.ledger.write() as session:
            session.execute(update(Event).values(not_before=2**50))
    assert len(bench.hand.calls) == 5


def denial(status: int, of: type[VendorError] = AccessDenied) -> VendorError:
    return of(
        vendor="omnidesk",
        operation="omnidesk.cases.update",
        sentence="No.",
        next_action="Check.",
        status=status,
    )


def test_failing_again_and_again_opens_the_breaker(bench: Bench) -> None:
    shut(bench)
    bench.edit(9)
    bench.work()
    event = bench.event(9)
    assert (event.reason, event.failures, event.waits_for) == (Reason.BREAKER, 0, ",omnidesk,")
    assert len(bench.hand.calls) == 5
    with bench.ledger.read() as session:
        pacing = session.scalars(select(Vendor.pacing).where(Vendor.name == "omnidesk")).one()
    assert pacing
    assert [name for name, _ in pacing["open"]] == ["omnidesk.cases.update"]


def test_a_retry_makes_a_call_whatever_the_breaker_says(bench: Bench) -> None:
    shut(bench)
    with bench.ledger.write() as session:
        one = session.scalars(select(Event).where(Event.subject == "omnidesk/case/1")).one()
        operators.retry(session, one, "olga")
    assert bench.work() == 1
    assert bench.event(1).status == Status.DONE
    assert not bench.event(1).forced
    assert len(bench.hand.calls) == 6


def test_try_makes_one_call_and_a_good_answer_lets_the_others_go_on(bench: Bench) -> None:
    shut(bench)
    for number in (8, 9):
        bench.edit(number, group_id=number)
    bench.work()
    assert [bench.event(number).reason for number in (8, 9)] == [Reason.BREAKER] * 2
    bench.hand.answers.append(DOWN)
    with bench.ledger.write() as session:
        operators.try_now(session, "omnidesk", "olga")
    assert bench.work() == 1
    assert len(bench.hand.calls) == 6
    assert bench.work() == 0
    with bench.ledger.write() as session:
        operators.try_now(session, "omnidesk", "olga")
    while bench.work():
        pass
    assert bench.event(9).status == Status.DONE


def test_try_waits_for_a_call_to_be_made(bench: Bench) -> None:
    shut(bench)
    with bench.ledger.write() as session:
        operators.resume(session, "omnidesk", "olga")
        session.execute(update(Event).values(not_before=2**50))
    bench.edit(8)
    bench.work()
    assert bench.event(8).status == Status.DONE


def test_a_paused_vendor_is_not_tried(bench: Bench) -> None:
    with bench.ledger.write() as session:
        operators.pause(session, "omnidesk", "olga")
        with pytest.raises(MoveRefused, match="resume"):
            operators.try_now(session, "omnidesk", "olga")
    bench.edit(1)
    bench.work()
    with bench.ledger.write() as session:
        one = session.scalars(select(Event).where(Event.subject == "omnidesk/case/1")).one()
        operators.retry(session, one, "olga")
    bench.work()
    assert not bench.hand.calls


def test_access_to_one_thing_refused_is_its_events_failure(bench: Bench) -> None:
    for _ in range(4):
        bench.hand.answers.append(denial(403, ThingDenied))
    bench.edit(1)
    bench.work()
    assert (bench.event(1).status, bench.event(1).next_action) == (Status.DEAD, "Check.")
    for _ in range(3):
        with bench.ledger.write() as session:
            one = session.scalars(select(Event).where(Event.subject == "omnidesk/case/1")).one()
            operators.retry(session, one, "olga")
        bench.work()
    bench.edit(2, "open")
    bench.work()
    assert bench.event(2).status == Status.DONE


def test_access_refused_to_one_thing_after_another_stops_the_vendor(bench: Bench) -> None:
    for number in (1, 2, 3):
        bench.hand.answers.append(denial(403, ThingDenied))
        bench.edit(number, group_id=number)
        bench.work()
    found = [(one.status, one.reason) for one in map(bench.event, (1, 2, 3))]
    assert found == [(Status.DEAD, None), (Status.DEAD, None), (Status.WAITING, Reason.PAUSED)]
    with bench.ledger.read() as session:
        assert session.scalars(select(Vendor.state)).one() == operators.DENIED
    bench.edit(4)
    bench.work()
    assert len(bench.hand.calls) == 3


def test_a_retry_asks_a_vendor_that_denied_access_and_the_others_go_on(bench: Bench) -> None:
    bench.hand.answers.append(denial(401))
    bench.edit(1)
    bench.work()
    bench.edit(2, "open")
    bench.work()
    with bench.ledger.write() as session:
        one = session.scalars(select(Event).where(Event.subject == "omnidesk/case/1")).one()
        operators.retry(session, one, "olga")
    bench.work()
    bench.work()
    assert [bench.event(number).status for number in (1, 2)] == [Status.DONE] * 2


def test_a_vendor_that_denied_access_is_asked_by_one_call_at_a_time(bench: Bench) -> None:
    bench.hand.answers += [denial(401), denial(401)]
    bench.edit(1)
    bench.work()
    with bench.ledger.write() as session:
        session.execute(update(Vendor).values(not_before=0))
        standing.enter(session, "omnidesk", forced=False)
        with pytest.raises(Wait, match="refuses access"):
            standing.enter(session, "omnidesk", forced=False)


def test_a_script_that_fails_is_not_a_redis_that_is_away(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = bench.flow()

    def full(*_: object, **__: object) -> None:
        raise redis.exceptions.OutOfMemoryError("OOM command not allowed")

    monkeypatch.setattr(bench.calls._pacer, "_run", full)
    with pytest.raises(Wait, match="Redis is there") as caught:
        bench.calls.call(flow.event, "step", omnidesk.CASES_LIST)
    assert caught.value.vendor == "omnidesk"


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
