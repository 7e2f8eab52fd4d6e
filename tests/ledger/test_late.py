"""What is recorded when a write that sets whole texts was not answered, on both databases."""

from __future__ import annotations

from service.ledger import claims, late, record
from service.ledger.claims import Claimed
from service.ledger.clock import SECOND
from service.ledger.database import Ledger
from service.ledger.life import CHECK, Reason, Status
from service.ledger.tables import Event
from tests.ledger.hands import Hands

ROW = "cscart.call_requests.update"


def begun(ledger: Ledger, held: Claimed, operation: str = ROW, path: str = "/call_requests/1") -> int:
    """A call is sent."""
    vendor = operation.partition(".")[0]
    sent = {"method": "PUT", "path": path, "query": {}, "body": {"notes": "Ж"}}
    with ledger.write() as session:
        return record.begin_attempt(
            session, held, step="note", vendor=vendor, operation=operation, repeatable=True, request=sent
        )


def lost(ledger: Ledger, held: Claimed, operation: str = ROW) -> int:
    attempt = begun(ledger, held, operation)
    with ledger.write() as session:
        record.end_attempt(session, attempt, outcome="transient")
        late.expect(session, held.seq, attempt, operation)
    return attempt


def checks(hands: Hands) -> list[Event]:
    return [one for one in hands.all() if one.type == CHECK]


def test_what_is_lost_again_puts_the_check_off(ledger: Ledger) -> None:
    hands = Hands(ledger)
    hands.receive("a")
    (held,) = hands.claim()
    first = lost(ledger, held)
    (check,) = checks(hands)
    hands.lapse_of(check.id)
    lost(ledger, held)
    lost(ledger, held, "obzvonilka.contacts.update")
    lost(ledger, held, "omnidesk.cases.update")
    row, contact = checks(hands)
    assert row.data["attempt"] == first
    assert row.not_before - hands.now() > 40 * SECOND
    assert contact.data["operation"] == "obzvonilka.contacts.update"


def test_nobody_waits_for_a_check_and_it_waits_for_whoever_is_at_work(ledger: Ledger) -> None:
    hands = Hands(ledger)
    hands.receive("a")
    (held,) = hands.claim()
    lost(ledger, held)
    (check,) = checks(hands)
    hands.lapse_of(check.id)
    assert hands.claim() == [], "it would write beside another"
    with ledger.write() as session:
        claims.done(session, held)
    hands.receive("b")
    (first,) = hands.claim()
    assert first.type == CHECK
    assert hands.claim() == []
    with ledger.write() as session:
        claims.done(session, first)
    assert [one.type for one in hands.claim()] == ["call_request.created"]


def test_it_does_not_wait_for_what_waits(ledger: Ledger) -> None:
    hands = Hands(ledger)
    hands.receive("a")
    (held,) = hands.claim()
    lost(ledger, held)
    with ledger.write() as session:
        claims.wait(session, held, Reason.QUOTA, 3600 * SECOND, "No quota.")
    (check,) = checks(hands)
    hands.lapse_of(check.id)
    assert [one.id for one in hands.claim()] == [check.id]


def test_a_crash_is_looked_after_even_when_it_was_the_last(ledger: Ledger) -> None:
    hands = Hands(ledger)
    event_id = hands.receive("a").event_id
    for number in range(claims.MOST_CRASHES):
        (held,) = hands.claim()
        if number == claims.MOST_CRASHES - 1:
            begun(ledger, held)
        hands.lapse_of(event_id)
    assert hands.claim() == []
    assert hands.event(event_id).status == Status.DEAD
    assert len(checks(hands)) == 1


def test_the_calls_at_the_same_address_are_found(ledger: Ledger) -> None:
    hands = Hands(ledger)
    hands.receive("a")
    (held,) = hands.claim()
    ids = [begun(ledger, held, path=f"/call_requests/{number}") for number in (1, 1, 11, 1, 2, 1)]
    with ledger.read() as session:
        found = [one.id for one in late.calls_since(session, ids[3])]
        assert found == [ids[1], ids[3], ids[5]]
        assert [one["key"] for one in late.told_since(session, held.subject, ids[0])] in ([], ["a"])
        assert late.calls_since(session, 10**9) == ()
