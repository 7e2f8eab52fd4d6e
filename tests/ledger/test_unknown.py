"""A write whose answer was lost: looked up before it is sent again, and not sent while it may be at work."""

from __future__ import annotations

from typing import cast

import pytest
from sqlalchemy import update

from service.ledger import claims, record
from service.ledger.claims import Claimed
from service.ledger.clock import SECOND
from service.ledger.database import Ledger
from service.ledger.life import Reason
from service.ledger.tables import Attempt
from tests.ledger.hands import Hands
from workers.flows.calls import Calls
from workers.flows.flow import SETTLED, Flow
from workers.pacing.gate import Wait
from workers.vendors.registry import OPERATIONS

STEP = "helpdesk.case"


class Desk:
    """Where the thing is created; counts what is done there."""

    def __init__(self) -> None:
        self.created = 0
        self.looked = 0
        self.there: str | None = None

    def create(self) -> str:
        self.created += 1
        return "new"

    def find(self) -> str | None:
        self.looked += 1
        return self.there


class Lost:
    """An event whose first attempt at the step has come to nothing that is known."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.hands = Hands(ledger)
        self.desk = Desk()
        self.hands.receive("a")
        (self.held,) = self.hands.claim()

    def attempt(self, *, outcome: str | None, status: int | None = None, age: int = 0) -> None:
        """An attempt sent `age` ms ago; without an outcome its worker died over it."""
        with self.ledger.write() as session:
            attempt = record.begin_attempt(
                session,
                self.held,
                step=STEP,
                vendor="omnidesk",
                operation="omnidesk.cases.create",
                repeatable=False,
            )
            if outcome:
                record.end_attempt(session, attempt, outcome=outcome, http_status=status)
            session.execute(
                update(Attempt).where(Attempt.id == attempt).values(started_at=Attempt.started_at - age)
            )

    def again(self) -> str:
        """The step in the next worker's hands."""
        self.hands.lapse()
        (self.held,) = self.hands.claim()
        return flow_of(self.ledger, self.held).step(STEP, self.desk.create, self.desk.find)


def flow_of(ledger: Ledger, held: Claimed) -> Flow:
    return Flow(held, ledger, cast(Calls, None))


@pytest.fixture
def lost(ledger: Ledger) -> Lost:
    return Lost(ledger)


@pytest.mark.parametrize("outcome", [None, record.UNKNOWN, record.OK])
def test_what_was_done_is_found_and_not_done_again(lost: Lost, outcome: str | None) -> None:
    lost.attempt(outcome=outcome)
    lost.desk.there = "earlier"
    assert lost.again() == "earlier"
    assert (lost.desk.looked, lost.desk.created) == (1, 0)


@pytest.mark.parametrize("outcome", [None, record.UNKNOWN])
def test_a_call_that_may_be_at_work_is_waited_for(lost: Lost, outcome: str | None) -> None:
    lost.attempt(outcome=outcome, age=10 * SECOND)
    with pytest.raises(Wait) as wait:
        lost.again()
    assert wait.value.reason == Reason.BACKOFF
    assert SETTLED - 20 * SECOND < wait.value.delay <= SETTLED - 10 * SECOND
    assert lost.desk.created == 0
    lost.desk.there = "it was slow"
    assert lost.again() == "it was slow"
    assert lost.desk.created == 0


def test_one_that_cannot_be_at_work_any_more_is_sent_again(lost: Lost) -> None:
    lost.attempt(outcome=None, age=SETTLED + SECOND)
    assert lost.again() == "new"
    assert (lost.desk.looked, lost.desk.created) == (1, 1)


def test_the_last_unanswered_call_counts(lost: Lost) -> None:
    lost.attempt(outcome=None, age=SETTLED + SECOND)
    lost.attempt(outcome=None)
    with pytest.raises(Wait):
        lost.again()


def test_an_answer_says_that_the_work_is_over(lost: Lost) -> None:
    """A 500 after the work: whether it was done is not known, but it is not going on."""
    lost.attempt(outcome=record.UNKNOWN, status=500)
    assert lost.again() == "new"
    assert lost.desk.looked == 1


@pytest.mark.parametrize("status", [502, 504, 524])
def test_a_gateways_answer_does_not_say_that_the_work_is_over(lost: Lost, status: int) -> None:
    lost.attempt(outcome=record.UNKNOWN, status=status)
    with pytest.raises(Wait):
        lost.again()
    assert lost.desk.created == 0


def test_a_clock_that_was_set_back_does_not_lengthen_the_wait(lost: Lost) -> None:
    lost.attempt(outcome=record.UNKNOWN, age=-3600 * SECOND)
    with pytest.raises(Wait) as wait:
        lost.again()
    assert wait.value.delay == SETTLED


def test_what_another_event_of_the_subject_may_have_made_is_looked_for(lost: Lost) -> None:
    lost.attempt(outcome=record.UNKNOWN, status=500)
    with lost.ledger.write() as session:
        claims.die(session, lost.held, "Given up.", "Replay it.")
    lost.hands.receive("b")
    (lost.held,) = lost.hands.claim()
    lost.desk.there = "earlier"
    flow = flow_of(lost.ledger, lost.held)
    assert flow.step(STEP, lost.desk.create, lost.desk.find, shared=True) == "earlier"
    assert lost.desk.created == 0


def test_an_overtaken_worker_cannot_put_its_link_in_the_place_of_another(lost: Lost) -> None:
    late = flow_of(lost.ledger, lost.held)
    lost.hands.lapse()
    (lost.held,) = lost.hands.claim()
    flow_of(lost.ledger, lost.held).link("omnidesk", "case", "2")
    with pytest.raises(claims.LeaseLost):
        late.link("omnidesk", "case", "1")
    found = flow_of(lost.ledger, lost.held).linked("omnidesk", "case")
    assert found is not None
    assert found.external_id == "2"


def test_what_never_reached_the_vendor_is_sent_without_a_look(lost: Lost) -> None:
    lost.attempt(outcome="transient")
    assert lost.again() == "new"
    assert lost.desk.looked == 0


def test_a_finished_step_is_neither_looked_for_nor_sent(lost: Lost) -> None:
    lost.attempt(outcome=record.OK)
    with lost.ledger.write() as session:
        record.end_step(session, lost.held, STEP, "recorded")
    assert lost.again() == "recorded"
    assert (lost.desk.looked, lost.desk.created) == (0, 0)


def test_every_write_that_is_not_repeatable_can_be_looked_up() -> None:
    writes = [one for one in OPERATIONS.values() if one.is_write and not one.repeatable]
    assert writes
    assert [one.name for one in writes if not one.lookup] == []
