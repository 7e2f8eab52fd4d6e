"""Each move of an event's life by its letter (service.ledger.life), on both databases."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service.ledger import claims, events, operators, record
from service.ledger.claims import Claimed, LeaseLost
from service.ledger.clock import SECOND
from service.ledger.database import Ledger
from service.ledger.life import Lane, MoveRefused, Reason, Status
from service.ledger.tables import Event
from tests.ledger.hands import LEASE, Hands

SUBJECT = "cscart/1/call_request/1"


@pytest.fixture
def hands(ledger: Ledger) -> Hands:
    return Hands(ledger)


def act(hands: Hands, what: Callable[..., None], event_id: str) -> Event:
    """What a person does to the event."""
    with hands.ledger.write() as session:
        event = events.get(session, event_id)
        assert event is not None
        what(session, event, "olga")
    return hands.event(event_id)


def settle(hands: Hands, how: Callable[..., None], held: Claimed, *args: object, **more: object) -> None:
    with hands.ledger.write() as session:
        how(session, held, *args, **more)


def die(hands: Hands, held: Claimed) -> None:
    settle(hands, claims.die, held, "Refused.", "Mend it.")


def test_a_claims_what_is_received(hands: Hands) -> None:
    event_id = hands.receive("a").event_id
    (held,) = hands.claim()
    event = hands.event(event_id)
    assert (held.id, held.claim, event.status) == (event_id, 1, Status.RUNNING)
    assert event.not_before > hands.now() + 5 * SECOND, "the lease"
    assert hands.claim() == []


def test_a_takes_only_what_is_of_the_lane(hands: Hands) -> None:
    hands.receive("a", lane=Lane.BULK)
    assert hands.claim() == []
    assert len(hands.claim(lane=Lane.BULK)) == 1


def test_a_takes_one_of_a_subject_and_one_of_each_other(hands: Hands) -> None:
    first = hands.receive("a1", "s/1")
    hands.receive("a2", "s/1")
    other = hands.receive("b1", "s/2")
    assert [one.id for one in hands.claim()] == [first.event_id, other.event_id]


def test_b_ends_it_and_the_next_of_its_subject_goes(hands: Hands) -> None:
    hands.receive("a1")
    second = hands.receive("a2")
    (held,) = hands.claim()
    settle(hands, claims.done, held)
    assert hands.event(held.id).status == Status.DONE
    assert [one.id for one in hands.claim()] == [second.event_id]


def test_c_makes_it_wait_with_a_reason_and_holds_up_its_subject(hands: Hands) -> None:
    hands.receive("a1")
    second = hands.receive("a2")
    (held,) = hands.claim()
    settle(hands, claims.wait, held, Reason.QUOTA, 60 * SECOND, "Later.")
    event = hands.event(held.id)
    assert (event.status, event.reason, event.failures) == (Status.WAITING, Reason.QUOTA, 0)
    assert hands.claim() == []
    with hands.ledger.read() as session:
        waiting = [hands.event(second.event_id)]
        blockers = events.blockers(session, waiting)
    assert blockers[waiting[0].seq].id == held.id
    hands.lapse()
    (again,) = hands.claim()
    assert (again.id, again.claim) == (held.id, 2)


def test_d_is_dead_with_a_reason_and_holds_up_nobody(hands: Hands) -> None:
    hands.receive("a1")
    second = hands.receive("a2")
    (held,) = hands.claim()
    die(hands, held)
    event = hands.event(held.id)
    assert (event.status, event.message, event.next_action) == (Status.DEAD, "Refused.", "Mend it.")
    assert [one.id for one in hands.claim()] == [second.event_id]


def test_e_a_person_retries_it_in_its_old_place(hands: Hands) -> None:
    hands.receive("a1")
    second = hands.receive("a2")
    (held,) = hands.claim()
    die(hands, held)
    assert act(hands, operators.retry, held.id).status == Status.WAITING
    assert [one.id for one in hands.claim()] == [held.id]
    assert hands.event(second.event_id).status == Status.RECEIVED


@pytest.mark.parametrize("before", [Status.RECEIVED, Status.WAITING, Status.DEAD])
def test_f_a_person_cancels_it(hands: Hands, before: Status) -> None:
    event_id = hands.receive("a1").event_id
    if before != Status.RECEIVED:
        (held,) = hands.claim()
        if before == Status.WAITING:
            settle(hands, claims.wait, held, Reason.BACKOFF, 0, "Later.", failed=True)
        else:
            die(hands, held)
    assert act(hands, operators.cancel, event_id).status == Status.CANCELLED
    assert hands.claim() == []


def test_f_is_refused_while_it_runs(hands: Hands) -> None:
    event_id = hands.receive("a1").event_id
    hands.claim()
    with pytest.raises(MoveRefused):
        act(hands, operators.cancel, event_id)


def test_g_what_is_rejected_is_never_claimed(hands: Hands) -> None:
    rejected = hands.receive("bad", status=Status.REJECTED, message="Not valid.")
    assert hands.event(rejected.event_id).ended_at is not None
    assert hands.claim() == []


def test_h_a_corrected_event_is_a_new_one_and_the_original_stays(hands: Hands) -> None:
    recorded = hands.receive("bad", status=Status.REJECTED)
    with hands.ledger.write() as session:
        rejected = events.get(session, recorded.event_id)
        assert rejected is not None
        new = operators.as_replay(rejected, {"mended": True}, "bad/replay/1")
        new_id = operators.replay(session, rejected, new, "olga", corrected=True)
    assert hands.event(rejected.id).status == Status.REJECTED
    assert hands.event(new_id).replay_of == rejected.id
    assert [one.id for one in hands.claim()] == [new_id]


def test_the_same_delivery_twice_is_one_event(hands: Hands) -> None:
    first, second = hands.receive("a"), hands.receive("a")
    assert (second.event_id, second.duplicate) == (first.event_id, True)
    assert len(hands.all()) == 1


def test_a_lapsed_lease_gives_it_to_another_and_fences_the_first(hands: Hands) -> None:
    hands.receive("a")
    (slow,) = hands.claim()
    hands.lapse()
    (other,) = hands.claim()
    moves: list[Callable[[], None]] = [
        lambda: settle(hands, claims.done, slow),
        lambda: settle(hands, claims.wait, slow, Reason.BACKOFF, 0, "Later."),
        lambda: die(hands, slow),
        lambda: settle(hands, record.end_step, slow, "helpdesk.case", {"case_id": "1"}),
    ]
    for move in moves:
        with pytest.raises(LeaseLost):
            move()
    with hands.ledger.write() as session:
        claims.renew(session, [slow], 3600 * SECOND)
    assert hands.event(other.id).not_before < hands.now() + 60 * SECOND, "a slow one cannot renew either"
    settle(hands, claims.done, other)
    assert hands.event(other.id).status == Status.DONE


def test_what_ends_its_worker_three_times_is_dead_with_that_reason(hands: Hands) -> None:
    hands.receive("poison")
    second = hands.receive("next")
    for times in range(1, claims.MOST_CRASHES + 1):
        (held,) = hands.claim()
        assert (held.id != second.event_id, held.claim) == (True, times)
        hands.lapse()
    # The claim that would have been the fourth finds it dead; the next of its subject goes on.
    assert hands.claim() == []
    event = hands.event(held.id)
    assert event.status == Status.DEAD
    assert "ended its worker 3 times" in str(event.message)
    assert event.next_action
    with pytest.raises(LeaseLost):
        settle(hands, claims.done, held)
    assert [one.id for one in hands.claim()] == [second.event_id]
    settle_all_and_retry(hands, event.id)


def test_what_merely_stood_beside_poison_is_done(hands: Hands) -> None:
    """All were given out together, and the worker died before any had got anywhere."""
    poison = hands.receive("poison", "s/0").event_id
    others = {hands.receive(str(number), f"s/{number}").event_id for number in range(1, 8)}
    for _ in range(claims.SUSPECT_CRASHES):
        assert len(hands.claim()) == 8
        hands.lapse()
    while given := hands.claim():
        (held,) = given
        if held.id == poison:
            hands.lapse()
        else:
            settle(hands, claims.done, held)
    assert hands.event(poison).status == Status.DEAD
    assert {hands.event(one).status for one in others} == {Status.DONE}


def test_what_may_be_poison_is_not_given_to_a_worker_with_others_in_hand(hands: Hands) -> None:
    hands.receive("a", "s/1")
    for _ in range(claims.SUSPECT_CRASHES):
        hands.claim()
        hands.lapse()
    hands.receive("b", "s/2")
    with hands.ledger.exclusive() as session:
        assert claims.claim(session, Lane.INTERACTIVE, 10, LEASE, alone=False) == []
    (held,) = hands.claim()
    assert held.crashes == claims.SUSPECT_CRASHES
    assert [one.subject for one in hands.claim()] == ["s/2"]


def settle_all_and_retry(hands: Hands, event_id: str) -> None:
    """A person may try it again, and it has all its chances again."""
    assert act(hands, operators.retry, event_id).crashes == 0


def test_one_that_gets_on_between_its_workers_deaths_is_no_poison(hands: Hands) -> None:
    hands.receive("a")
    for number in range(2 * claims.MOST_CRASHES):
        (held,) = hands.claim()
        settle(hands, record.end_step, held, f"step.{number}", None)
        hands.lapse()
    (held,) = hands.claim()
    settle(hands, claims.done, held)


def test_waits_do_not_count_as_deaths(hands: Hands) -> None:
    hands.receive("a")
    for _ in range(2 * claims.MOST_CRASHES):
        (held,) = hands.claim()
        settle(hands, claims.wait, held, Reason.BACKOFF, 0, "Later.", failed=True)
    assert hands.event(held.id).crashes == 0


def test_a_skipped_head_lets_later_ones_go_and_is_tried_in_its_own_time(hands: Hands) -> None:
    head = hands.receive("a1").event_id
    second, third = hands.receive("a2").event_id, hands.receive("a3").event_id
    (held,) = hands.claim()
    settle(hands, claims.wait, held, Reason.BACKOFF, 60 * SECOND, "Later.", failed=True)
    assert act(hands, operators.skip, head).skipped_at is not None
    with hands.ledger.read() as session:
        assert events.blockers(session, [hands.event(second)]) == {}
    (now,) = hands.claim()
    assert now.id == second
    hands.lapse_of(head)
    assert hands.claim() == [], "one of a subject at a time, skipped or not"
    settle(hands, claims.done, now)
    assert {one.id for one in hands.claim()} & {head, third}


@pytest.mark.parametrize("status", [Status.RUNNING, Status.DONE, Status.DEAD])
def test_only_what_holds_up_others_can_be_skipped(hands: Hands, status: Status) -> None:
    event_id = hands.receive("a").event_id
    (held,) = hands.claim()
    if status == Status.DONE:
        settle(hands, claims.done, held)
    elif status == Status.DEAD:
        die(hands, held)
    with pytest.raises(MoveRefused):
        act(hands, operators.skip, event_id)
