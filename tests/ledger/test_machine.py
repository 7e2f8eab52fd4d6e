"""The life of events and the claims as a state machine: any moves in any order, on both databases.

Two workers claim, settle, die and come back late; people retry, cancel and skip; deliveries come twice; the
clock is set. After every move the ledger has to agree with a model that is simple enough to be read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.orm import Session

from service.ledger import claims, events, operators
from service.ledger.claims import Claimed, LeaseLost
from service.ledger.clock import SECOND
from service.ledger.database import Ledger
from service.ledger.life import MOVES, OPEN, Lane, MoveRefused, Reason, Status
from tests import ledgers
from tests.ledger.hands import Hands

SUBJECTS = ("s/1", "s/2")
FAR = 3600 * SECOND


@dataclass
class Modelled:
    """What the model knows of an event. `lapsed`: due, or its lease is over."""

    id: str
    number: int
    subject: str
    lane: Lane
    status: Status = Status.RECEIVED
    due: bool = True
    claim: int = 0
    crashes: int = 0
    skipped: bool = False


@dataclass
class Model:
    """All events, in the order of arrival."""

    events: list[Modelled] = field(default_factory=list)

    def claimable(self, lane: Lane) -> list[Modelled]:
        return [one for one in self.events if one.lane == lane and one.due and self._is_next(one)]

    def _is_next(self, event: Modelled) -> bool:
        if event.status not in OPEN:
            return False
        for other in self.events:
            if other is event or other.subject != event.subject:
                continue
            if other.number < event.number and other.status in OPEN and not other.skipped:
                return False
            if other.status == Status.RUNNING and not other.due:
                return False
        return True


class Life(RuleBasedStateMachine):
    """Set `ledger` before use."""

    ledger: Ledger
    held = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        ledgers.empty(self.ledger)
        self.hands = Hands(self.ledger)
        self.model = Model()
        self.keys: dict[str, str] = {}

    @rule(key=st.integers(0, 12), subject=st.sampled_from(SUBJECTS), lane=st.sampled_from(list(Lane)))
    def receive(self, key: int, subject: str, lane: Lane) -> None:
        recorded = self.hands.receive(str(key), subject, lane=lane)
        assert recorded.duplicate == (str(key) in self.keys)
        if recorded.duplicate:
            assert recorded.event_id == self.keys[str(key)]
            return
        self.keys[str(key)] = recorded.event_id
        self.model.events.append(Modelled(recorded.event_id, len(self.model.events), subject, lane))

    @rule(target=held, limit=st.integers(1, 3), lane=st.sampled_from(list(Lane)))
    def move_a(self, limit: int, lane: Lane) -> object:
        expected = {one.id: one for one in self.model.claimable(lane)}
        poison = {
            one.id
            for one in expected.values()
            if one.status == Status.RUNNING and one.crashes + 1 >= claims.MOST_CRASHES
        }
        given = self.hands.claim(limit, lane, FAR)
        assert {one.id for one in given} <= set(expected) - poison
        assert len({one.subject for one in given}) == len(given), "one of a subject at a time"
        dead = {one.id for one in self.hands.all() if one.status == Status.DEAD} & set(expected)
        assert dead <= poison
        assert given or dead or not expected
        for event_id in dead:
            expected[event_id].status = Status.DEAD
            expected[event_id].claim += 1
            expected[event_id].crashes = claims.MOST_CRASHES
        for one in given:
            known = expected[one.id]
            known.crashes += known.status == Status.RUNNING
            known.status, known.due, known.claim = Status.RUNNING, False, known.claim + 1
            assert (one.claim, one.crashes) == (known.claim, known.crashes)
        return multiple(*given)

    @rule(one=consumes(held))
    def move_b(self, one: Claimed) -> None:
        self._settle(one, Status.DONE, lambda session: claims.done(session, one))

    @rule(one=consumes(held), soon=st.booleans())
    def move_c(self, one: Claimed, soon: bool) -> None:
        self._settle(
            one,
            Status.WAITING,
            lambda session: claims.wait(session, one, Reason.BACKOFF, 0 if soon else FAR, "Later."),
            due=soon,
        )

    @rule(one=consumes(held))
    def move_d(self, one: Claimed) -> None:
        self._settle(one, Status.DEAD, lambda session: claims.die(session, one, "Refused.", "Mend it."))

    @rule(one=held)
    def renew(self, one: Claimed) -> None:
        with self.ledger.write() as session:
            claims.renew(session, [one], FAR)
        if (known := self._ours(one)) is not None:
            known.due = False

    @rule()
    def leases_lapse_and_waits_end(self) -> None:
        """Every worker has died, or an hour has gone by."""
        self.hands.lapse()
        for one in self.model.events:
            one.due = one.due or one.status in OPEN

    @rule(number=st.integers(0, 12), act=st.sampled_from(["retry", "cancel", "skip"]))
    def a_person(self, number: int, act: str) -> None:
        if not self.model.events:
            return
        known = self.model.events[number % len(self.model.events)]
        allowed = {
            "retry": (*MOVES["E"], Status.WAITING),
            "cancel": MOVES["F"],
            "skip": operators.SKIPPABLE,
        }[act]
        may = known.status in allowed
        try:
            with self.ledger.write() as session:
                event = events.get(session, known.id)
                assert event is not None
                getattr(operators, act)(session, event, "olga")
        except MoveRefused:
            assert not may
            return
        assert may
        if act == "retry":
            known.status, known.due, known.crashes = Status.WAITING, True, 0
        elif act == "cancel":
            known.status = Status.CANCELLED
        else:
            known.skipped = True

    @invariant()
    def the_ledger_agrees(self) -> None:
        seen = {one.id: one for one in self.hands.all()}
        assert len(seen) == len(self.model.events)
        for known in self.model.events:
            event = seen[known.id]
            assert (event.status, event.claim, event.crashes) == (known.status, known.claim, known.crashes)
            assert (event.ended_at is None) == (known.status in OPEN)
            assert bool(event.skipped_at) == known.skipped

    @invariant()
    def the_dispatcher_sees_what_can_be_claimed(self) -> None:
        with self.ledger.read() as session:
            for lane in Lane:
                assert claims.any_due(session, lane) == bool(self.model.claimable(lane))

    @invariant()
    def what_is_open_can_always_go_on(self) -> None:
        """Whatever happened: of every subject with an open event one can be claimed, at the latest later."""
        later = Model([Modelled(**{**vars(one), "due": True}) for one in self.model.events])
        going = {one.subject for lane in Lane for one in later.claimable(lane)}
        assert going == {one.subject for one in self.model.events if one.status in OPEN}

    def _ours(self, one: Claimed) -> Modelled | None:
        known = next(event for event in self.model.events if event.id == one.id)
        return known if (known.claim, known.status) == (one.claim, Status.RUNNING) else None

    def _settle(
        self, one: Claimed, status: Status, move: Callable[[Session], None], *, due: bool = False
    ) -> None:
        known = self._ours(one)
        try:
            with self.ledger.write() as session:
                move(session)
        except LeaseLost:
            assert known is None, "only who was overtaken is fenced"
            return
        assert known is not None, "a worker that was overtaken changes nothing"
        known.status, known.due, known.crashes = status, due, 0


@pytest.mark.timeout(240)
def test_any_moves_in_any_order(ledger: Ledger) -> None:
    machine = type("LifeOnLedger", (Life,), {"ledger": ledger})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=10,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
