"""Permits, breakers and merging in the calls of real events: real ledger, real Redis, a vendor by hand."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
import redis
from sqlalchemy import select

from service import settings
from service.ledger import claims, events, operators
from service.ledger.clock import SECOND
from service.ledger.database import Ledger
from service.ledger.life import OPEN, Lane, Reason, Status
from service.ledger.tables import Attempt, Event, Vendor
from service.settings import Settings, database_url
from tests.ledgers import sqlite_ledger
from tests.stack import environment, wait_until
from workers.flows import case_edit
from workers.flows.calls import Calls
from workers.flows.flow import Flow
from workers.pacing.gate import Wait
from workers.runner import Runner
from workers.vendors.answers import Answer
from workers.vendors.errors import AccessDenied, Quota, RateLimited, Rejected, Transient, VendorError
from workers.vendors.obzvonilka import operations as obzvonilka
from workers.vendors.omnidesk import operations as omnidesk
from workers.vendors.operation import InvalidInput, Operation


class Hand:
    """A transport whose answers the test puts in; `calls` are what was sent."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Mapping[str, Any] | None]] = []
        self.answers: list[Answer | VendorError] = []
        self.left: int | None = 4000

    def send(self, operation: Operation, *, path: Any = None, query: Any = None, body: Any = None) -> Answer:
        del query, body
        self.calls.append((operation.name, path))
        answer = self.answers.pop(0) if self.answers else self._usual(operation, path)
        if isinstance(answer, VendorError):
            raise answer
        return answer

    def _usual(self, operation: Operation, path: Any) -> Answer:
        if operation.vendor != "omnidesk":
            return Answer(200, {"contact": {"id": 1}}, Quota())
        ids = str(path["case_ids"]).split(",") if path else []
        data: Any = {"case_success_id": ids} if len(ids) > 1 else {"case": {"case_id": 1}}
        return Answer(200, data, Quota(self.left, 6000))


class Bench:
    def __init__(self, ledger: Ledger, config: Settings, client: redis.Redis) -> None:
        self.ledger = ledger
        self.client = client
        self.hand = Hand()
        self.calls = Calls(ledger, self.hand, config)  # type: ignore[arg-type]
        self.runner = Runner(config, ledger, self.calls, Random(1))
        self.config = config

    def record(self, *new: events.NewEvent) -> None:
        with self.ledger.write() as session:
            for one in new:
                events.record(session, one)

    def edit(self, case: int, status: str = "closed", operation: Operation = omnidesk.CASES_UPDATE) -> None:
        body = {"status": status} if operation is omnidesk.CASES_UPDATE else None
        self.record(case_edit.new_event(operation, str(case), body, dedupe_key=f"{operation.name}/{case}"))

    def claim(self, limit: int = 8, lane: str = Lane.BULK) -> list[claims.Claimed]:
        with self.ledger.exclusive() as session:
            return claims.claim(session, lane, limit, 15 * SECOND)

    def work(self) -> int:
        """Work what is due now, once; how many events were given out."""
        held = self.claim()
        for one in held:
            self.runner.run(one)
        return len(held)

    def finish(self) -> None:
        """Work until nothing is open: bulk is spread over the window, in real time."""
        wait_until(lambda: self.work() + self._wake() == 0, "everything is done")

    def _wake(self) -> int:
        self.due_now()
        with self.ledger.read() as session:
            return session.query(Event).filter(Event.status.in_(OPEN)).count()

    def due_now(self) -> None:
        with self.ledger.write() as session:
            session.query(Event).filter(Event.status == Status.WAITING).update({Event.not_before: 0})

    def event(self, case: int) -> Event:
        with self.ledger.read() as session:
            found = session.scalars(select(Event).where(Event.subject == f"omnidesk/case/{case}")).one()
            assert found
            return found

    def statuses(self) -> dict[str, int]:
        with self.ledger.read() as session:
            return {status: number for status, number in events.counts(session).items() if number}

    def flow(self, subject: str = "cscart/1/call_request/1") -> Flow:
        new = events.NewEvent(
            source="cscart", type="test", subject=subject, dedupe_key=subject, data={}, raw=b"{}"
        )
        self.record(new)
        (held,) = self.claim(lane=Lane.INTERACTIVE)
        return Flow(held, self.ledger, self.calls)


@pytest.fixture
def bench(tmp_path: Path, server: str, client: redis.Redis) -> Iterator[Bench]:
    with sqlite_ledger(tmp_path) as url:
        ledger = Ledger(database_url(url, tmp_path))
        environ = environment(tmp_path, "http://127.0.0.1:9", DATABASE_URL=url, REDIS_URL=server)
        yield Bench(ledger, settings.load(environ | {"PATH": os.environ["PATH"]}), client)
        ledger.close()


def fill_quota(bench: Bench) -> None:
    """One edit that finds the quota spent."""
    bench.hand.left = 0
    bench.edit(1, "open")
    assert bench.work() == 1
    assert bench.event(1).status == Status.DONE


def test_a_hundred_identical_edits_that_wait_cost_one_call(bench: Bench) -> None:
    fill_quota(bench)
    for case in range(100, 200):
        bench.edit(case)
    # Of those that can be one call one is given out at a time.
    assert bench.work() == 1
    assert bench.event(100).reason == Reason.QUOTA
    bench.client.flushall()
    with bench.ledger.write() as session:
        session.query(Vendor).update({Vendor.pacing: None})
    bench.due_now()
    bench.hand.calls.clear()
    bench.work()
    assert len(bench.hand.calls) == 1
    assert bench.statuses() == {Status.DONE: 101}
    with bench.ledger.read() as session:
        attempts = session.scalars(select(Attempt).where(Attempt.outcome == "ok")).all()
    assert len(attempts) == 101


def test_what_was_not_done_together_is_tried_alone(bench: Bench) -> None:
    for case in range(1, 5):
        bench.edit(case)
    bench.hand.answers.append(Answer(200, {"case_success_id": [1, "2"]}, Quota(4000, 6000)))
    bench.work()
    assert bench.statuses() == {Status.DONE: 2, Status.WAITING: 2}
    assert bench.event(3).merge_key is None
    bench.hand.answers.append(
        Rejected(vendor="omnidesk", operation="omnidesk.cases.update", sentence="No.", status=404)
    )
    bench.finish()
    assert [path for _, path in bench.hand.calls[1:]] == [{"case_ids": "3"}, {"case_ids": "4"}]
    assert bench.event(3).status == Status.DEAD
    assert bench.event(4).status == Status.DONE


def test_the_leader_may_be_the_one_that_was_not_done(bench: Bench) -> None:
    for case in (1, 2):
        bench.edit(case)
    bench.hand.answers.append(Answer(200, {"case_success_id": [2]}, Quota(4000, 6000)))
    bench.work()
    assert (bench.event(1).status, bench.event(2).status) == (Status.WAITING, Status.DONE)
    bench.finish()
    assert bench.event(1).status == Status.DONE


def test_a_refusal_of_all_tries_each_alone(bench: Bench) -> None:
    for case in (1, 2, 3):
        bench.edit(case)
    bench.hand.answers.append(
        Rejected(vendor="omnidesk", operation="omnidesk.cases.update", sentence="No.", status=400)
    )
    bench.work()
    assert bench.statuses() == {Status.WAITING: 3}
    bench.finish()
    assert bench.statuses() == {Status.DONE: 3}
    assert len(bench.hand.calls) == 4


def test_a_failure_of_all_is_a_failure_of_each(bench: Bench) -> None:
    for case in (1, 2):
        bench.edit(case)
    bench.hand.answers.append(
        Transient(vendor="omnidesk", operation="omnidesk.cases.update", sentence="Down.", status=503)
    )
    bench.work()
    for case in (1, 2):
        event = bench.event(case)
        assert (event.status, event.reason, event.failures) == (Status.WAITING, Reason.BACKOFF, 1)


def test_only_the_same_edits_are_merged(bench: Bench) -> None:
    bench.edit(1)
    bench.edit(2, "waiting")
    bench.edit(3, operation=omnidesk.CASES_TRASH)
    bench.edit(4, operation=omnidesk.CASES_TRASH)
    bench.finish()
    sent = sorted((name, str(path["case_ids"])) for name, path in bench.hand.calls if path)
    assert sent == [
        ("omnidesk.cases.trash", "3,4"),
        ("omnidesk.cases.update", "1"),
        ("omnidesk.cases.update", "2"),
    ]


def test_an_event_with_an_earlier_one_of_its_subject_is_not_taken_along(bench: Bench) -> None:
    bench.edit(1)
    bench.edit(2, "open")
    new = case_edit.new_event(omnidesk.CASES_UPDATE, "2", {"status": "closed"}, dedupe_key="later")
    bench.record(new)
    (first, *_) = bench.claim()
    bench.runner.run(first)
    assert bench.hand.calls[0][1] == {"case_ids": "1"}


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
    (key,) = bench.client.keys("perezvon:pacing:omnidesk:*")
    assert bench.client.hkeys(key) == [b"state"]


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
