"""Real events, ledger and Redis; the vendor is answered by hand."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import redis
from sqlalchemy import select

from service.ledger import claims, events
from service.ledger.clock import SECOND
from service.ledger.database import Ledger
from service.ledger.life import OPEN, Lane, Status
from service.ledger.tables import Event
from service.settings import Settings
from tests.stack import wait_until
from workers.flows import case_edit
from workers.flows.calls import Calls
from workers.flows.flow import Flow
from workers.runner import Runner
from workers.vendors.answers import Answer
from workers.vendors.errors import Quota, VendorError
from workers.vendors.omnidesk import operations as omnidesk
from workers.vendors.operation import Operation


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

    def edit(
        self, case: int, status: str = "closed", operation: Operation = omnidesk.CASES_UPDATE, **more: int
    ) -> None:
        body = {"status": status, **more} if operation is omnidesk.CASES_UPDATE else None
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


def fill_quota(bench: Bench) -> None:
    """One edit that finds the quota spent."""
    bench.hand.left = 0
    bench.edit(1, "open")
    assert bench.work() == 1
    assert bench.event(1).status == Status.DONE
