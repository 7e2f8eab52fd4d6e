"""What goes before what in a subject: deletions before all that is open, and things known by two names."""

from __future__ import annotations

from typing import cast

import pytest

from service.ledger import claims, record
from service.ledger.claims import Claimed, LeaseLost
from service.ledger.clock import SECOND
from service.ledger.database import Ledger
from service.ledger.life import DELETION, Lane, Reason, Status
from tests.ledger.hands import LEASE, Hands
from workers.flows.calls import Calls
from workers.flows.flow import Flow
from workers.pacing.gate import Wait

REQUEST = "cscart/1/call_request/1"
CASE = "omnidesk/case/2001"


@pytest.fixture
def hands(ledger: Ledger) -> Hands:
    return Hands(ledger)


def wait(hands: Hands, held: Claimed) -> None:
    """The vendor is away for hours."""
    with hands.ledger.write() as session:
        claims.wait(session, held, Reason.BREAKER, 3600 * SECOND, "Away.")


def status(hands: Hands, event_id: str) -> tuple[str, str]:
    event = hands.event(event_id)
    return event.status, event.message or ""


def test_a_deletion_ends_what_waits_before_it_and_goes_at_once(hands: Hands) -> None:
    made = hands.receive("a").event_id
    behind = hands.receive("b", kind="call_request.updated", lane=Lane.BULK).event_id
    (held,) = hands.claim()
    wait(hands, held)
    deletion = hands.receive("c", kind=DELETION).event_id
    later = hands.receive("d", kind="call_request.message").event_id
    other = hands.receive("e", "cscart/1/call_request/2").event_id
    assert [one.id for one in hands.claim()] == [deletion, other]
    for one in (made, behind):
        state, message = status(hands, one)
        assert state == Status.CANCELLED
        assert "deleted in the store" in message
        assert hands.event(one).ended_at is not None
    assert status(hands, later)[0] == Status.RECEIVED, "what comes after it waits for it"


def test_what_is_due_with_a_deletion_behind_it_is_not_begun(hands: Hands) -> None:
    made = hands.receive("a").event_id
    deletion = hands.receive("b", kind=DELETION).event_id
    assert [one.id for one in hands.claim()] == [deletion]
    assert status(hands, made)[0] == Status.CANCELLED


def test_a_deletion_waits_for_what_a_worker_has_in_hand(hands: Hands) -> None:
    made = hands.receive("a").event_id
    (held,) = hands.claim()
    deletion = hands.receive("b", kind=DELETION).event_id
    assert hands.claim() == []
    with hands.ledger.write() as session:
        record.end_step(session, held, "dialer.create", "5")
    wait(hands, held)
    assert [one.id for one in hands.claim()] == [deletion]
    assert status(hands, made)[0] == Status.CANCELLED


def test_one_whose_worker_died_is_cancelled_and_its_worker_fenced(hands: Hands) -> None:
    made = hands.receive("a").event_id
    (held,) = hands.claim()
    hands.receive("b", kind=DELETION)
    hands.lapse()
    hands.claim()
    assert status(hands, made)[0] == Status.CANCELLED
    with pytest.raises(LeaseLost), hands.ledger.write() as session:
        record.end_step(session, held, "dialer.create", "5")


def test_a_second_deletion_waits_for_the_first(hands: Hands) -> None:
    first = hands.receive("a", kind=DELETION).event_id
    (held,) = hands.claim()
    wait(hands, held)
    hands.receive("b", kind=DELETION)
    assert hands.claim() == []
    assert status(hands, first)[0] == Status.WAITING


def test_where_nothing_is_done_for_deletions_they_end_nothing(hands: Hands) -> None:
    made = hands.receive("a").event_id
    hands.receive("b", kind=DELETION)
    with hands.ledger.exclusive() as session:
        held = claims.claim(session, Lane.INTERACTIVE, 10, LEASE, deletions_end=False)
    assert made in [one.id for one in held]


def test_an_event_that_learns_whose_it_is_takes_its_turn_there(hands: Hands) -> None:
    hands.receive("a", REQUEST)
    word = hands.receive("b", CASE, "omnidesk.case_changed").event_id
    making, told = hands.claim()
    flow = Flow(told, hands.ledger, cast(Calls, None))
    with pytest.raises(Wait) as trouble:
        flow.belongs_to(REQUEST)
    with hands.ledger.write() as session:
        claims.wait(session, told, trouble.value.reason, trouble.value.delay, trouble.value.message)
    assert hands.event(word).subject == REQUEST
    # Two workers: the one has the request in hand, so the other is given nothing of it.
    assert hands.claim() == []
    with hands.ledger.write() as session:
        claims.done(session, making)
    (again,) = hands.claim()
    assert again.id == word
    Flow(again, hands.ledger, cast(Calls, None)).belongs_to(REQUEST)


def test_an_overtaken_worker_moves_nothing(hands: Hands) -> None:
    word = hands.receive("b", CASE, "omnidesk.case_changed").event_id
    (slow,) = hands.claim()
    hands.lapse()
    hands.claim()
    with pytest.raises(LeaseLost):
        Flow(slow, hands.ledger, cast(Calls, None)).belongs_to(REQUEST)
    assert hands.event(word).subject == CASE
