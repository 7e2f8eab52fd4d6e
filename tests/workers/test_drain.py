"""The drain: what it does while the ledger is away, when it is asked to end, and with a flow that hangs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, _GeneratorContextManager
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from service.ledger import claims
from service.ledger.claims import Claimed
from service.ledger.database import Ledger
from service.ledger.life import Lane, Status
from tests import ledgers
from tests.ledger.hands import Hands
from tests.stack import wait_until
from workers import drain as draining
from workers.drain import Drain
from workers.runner import Runner


class Flows:
    """Works events as `act` says, and then ends them."""

    def __init__(self, ledger: Ledger, act: Callable[[Claimed], None] = lambda _: None) -> None:
        self.ledger = ledger
        self.act = act
        self.seen: list[str] = []

    def run(self, held: Claimed) -> None:
        self.seen.append(held.id)
        self.act(held)
        with self.ledger.write() as session:
            claims.done(session, held)


class Away(Ledger):
    """A ledger whose claims fail when it is told to."""

    away = False

    def exclusive(self) -> _GeneratorContextManager[Session]:
        if self.away:
            raise OperationalError("BEGIN", {}, Exception("disk I/O error"))
        return super().exclusive()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Away]:
    with ExitStack() as ending:
        found = Away(ending.enter_context(ledgers.sqlite_ledger(tmp_path)))
        ending.callback(found.close)
        yield found


def made(ledger: Ledger, flows: Flows, stopping: Callable[[], bool] = lambda: False) -> Drain:
    return Drain(ledger, cast(Runner, cast(Any, flows)), stopping)


def test_it_goes_on_until_nothing_is_due(ledger: Away) -> None:
    hands = Hands(ledger)
    for number in range(20):
        hands.receive(str(number), f"s/{number % 3}")
    flows = Flows(ledger)
    assert made(ledger, flows).run("interactive") is False
    assert {one.status for one in hands.all()} == {Status.DONE}
    assert len(flows.seen) == 20


def test_with_the_ledger_away_it_ends_what_it_has_and_begins_nothing(ledger: Away) -> None:
    hands = Hands(ledger)
    hands.receive("a1", "s/1")
    hands.receive("a2", "s/1")

    def act(_: Claimed) -> None:
        ledger.away = True

    flows = Flows(ledger, act)
    assert made(ledger, flows).run("interactive") is False
    assert [one.status for one in hands.all()] == [Status.DONE, Status.RECEIVED]
    ledger.away = False
    assert made(ledger, Flows(ledger)).run("interactive") is False
    assert [one.status for one in hands.all()] == [Status.DONE, Status.DONE]


def test_asked_to_end_it_begins_nothing_and_says_that_there_may_be_more(ledger: Away) -> None:
    hands = Hands(ledger)
    hands.receive("a1", "s/1")
    hands.receive("a2", "s/1")
    ending = threading.Event()
    flows = Flows(ledger, lambda _: ending.set())
    assert made(ledger, flows, ending.is_set).run("interactive") is True
    assert [one.status for one in hands.all()] == [Status.DONE, Status.RECEIVED]


@pytest.mark.parametrize(("lane", "more"), [(Lane.BULK, True), (Lane.INTERACTIVE, False)])
def test_a_batch_makes_way_after_a_while(
    ledger: Away, monkeypatch: pytest.MonkeyPatch, lane: Lane, more: bool
) -> None:
    monkeypatch.setattr(draining, "LONGEST_BULK_SECONDS", 0.2)
    hands = Hands(ledger)
    for number in range(3):
        hands.receive(str(number), "s/1", lane=lane)
    flows = Flows(ledger, lambda _: time.sleep(0.3))
    assert made(ledger, flows).run(lane) is more
    assert (hands.all()[-1].status == Status.RECEIVED) is more


def test_a_batch_whose_calls_hang_does_not_hold_up_a_person(ledger: Away) -> None:
    hands = Hands(ledger)
    for number in range(2 * draining.BULK_THREADS):
        hands.receive(str(number), f"b/{number}", lane=Lane.BULK)
    freed = threading.Event()

    def act(held: Claimed) -> None:
        if held.lane == Lane.BULK:
            freed.wait(60)

    flows = Flows(ledger, act)
    drain = threading.Thread(target=made(ledger, flows).run, args=(Lane.BULK,))
    drain.start()
    wait_until(lambda: len(flows.seen) == draining.BULK_THREADS, "the batch has its threads, and no more")
    customer = hands.receive("customer", "c/1").event_id
    wait_until(lambda: hands.event(customer).status == Status.DONE, "the customer's event is done")
    freed.set()
    drain.join()


def test_a_flow_that_hangs_is_given_to_another(ledger: Away, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lease is not renewed any more, and what it writes in the end is refused."""
    monkeypatch.setattr(draining, "LEASE", 200)
    monkeypatch.setattr(draining, "RENEW_SECONDS", 0.04)
    monkeypatch.setattr(draining, "LONGEST_HELD_SECONDS", 0.0)
    hands = Hands(ledger)
    hands.receive("a")
    hanging, overtaken = threading.Event(), threading.Event()
    refused: list[str] = []

    def hang(held: Claimed) -> None:
        if held.claim == 1:
            hanging.set()
            overtaken.wait(60)
            with ledger.read() as session, pytest.raises(claims.LeaseLost):
                claims.check(session, held)
            refused.append(held.id)
        else:
            overtaken.set()

    class Patient(Flows):
        def run(self, held: Claimed) -> None:
            try:
                super().run(held)
            except claims.LeaseLost:
                refused.append(held.id)

    flows = Patient(ledger, hang)
    first = threading.Thread(target=made(ledger, flows).run, args=("interactive",))
    first.start()
    hanging.wait(60)

    def again() -> bool:
        # Another process, which may be first.
        made(ledger, flows).run("interactive")
        return overtaken.is_set()

    wait_until(again, "it was taken over")
    first.join()
    assert len(flows.seen) == 2
    assert len(refused) == 2
    assert hands.all()[0].status == Status.DONE
