"""A clock that is set while things wait: nothing is lost, nothing storms and nothing starves.

The machine's clock is not touched: what a clock that was set leaves behind in the ledger is written there.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update

from service.ledger import claims, clockwork, marks, record
from service.ledger.clock import MINUTE, SECOND
from service.ledger.clockwork import Readings
from service.ledger.database import Ledger
from service.ledger.life import Reason
from service.ledger.tables import Event
from tests import ledgers
from tests.ledger.hands import Hands

HOUR = 60 * MINUTE
JUMPS = [-365 * 24 * HOUR, -HOUR, HOUR, 365 * 24 * HOUR]


@pytest.fixture
def hands(ledger: Ledger) -> Hands:
    return Hands(ledger)


def set_clock(hands: Hands, by: int, *, restart: bool = False) -> None:
    """As if the clock had been set by `by` ms: what stands in the ledger was written before that."""
    hands.shift(-by)
    with hands.ledger.write() as session:
        session.execute(
            update(Event).values(updated_at=Event.updated_at - by, received_at=Event.received_at - by)
        )
        clock = marks.read(session, "clock")
        if clock is not None:
            boot = "an earlier start" if restart else clock["boot"]
            marks.write(session, "clock", clock | {"wall": clock["wall"] - by, "boot": boot})


@pytest.mark.parametrize("jump", JUMPS)
def test_sqlite_a_wait_lasts_as_long_as_it_was_to_last(sqlite: Ledger, jump: int) -> None:
    ledgers.empty(sqlite)
    hands, ledger = Hands(sqlite), sqlite
    for name in ("soon", "later", "running"):
        hands.receive(name, f"s/{name}")
    (soon, later, running) = hands.claim()
    with ledger.write() as session:
        claims.wait(session, soon, Reason.BACKOFF, 0, "Now.")
        claims.wait(session, later, Reason.QUOTA, 10 * MINUTE, "Later.")
    set_clock(hands, jump)
    due = hands.claim()
    assert [one.id for one in due] == [soon.id], "no storm, no starving, and the lease holds"
    left = hands.event(later.id).not_before - hands.now()
    assert 8 * MINUTE < left <= 10 * MINUTE
    with ledger.write() as session:
        claims.done(session, running)


def test_sqlite_a_call_under_way_is_moved_with_the_clock(sqlite: Ledger) -> None:
    ledgers.empty(sqlite)
    hands, ledger = Hands(sqlite), sqlite
    hands.receive("a")
    (held,) = hands.claim()
    now = clockwork.read()
    with ledger.write() as session:
        clockwork.settle(session, now)
        record.begin_attempt(
            session, held, step="helpdesk.case", vendor="omnidesk", operation="x", repeatable=False
        )
        # The steady clock says that no time has gone by: the wall clock was set back by an hour.
        assert clockwork.settle(session, replace(now, wall=now.wall - HOUR)) <= MINUTE - HOUR
        ages = record.unknown_steps(session, held)
    age = ages["helpdesk.case"]
    assert age is not None
    assert age >= HOUR - MINUTE


def test_a_slewed_clock_and_another_start_of_the_machine_move_nothing(hands: Hands) -> None:
    hands.receive("a")
    before = hands.all()[0].not_before
    first = Readings(wall=1_000_000, steady=5_000, boot="one")
    with hands.ledger.write() as session:
        clockwork.settle(session, first)
        assert clockwork.settle(session, Readings(1_060_000 + 900, 65_000, "one")) == 0
        assert clockwork.settle(session, Readings(9_000_000, 10, "two")) == 0
        assert clockwork.settle(session, Readings(9_000_000 + HOUR, 10, "two")) == HOUR
    assert hands.all()[0].not_before == before + HOUR


@pytest.mark.parametrize("jump", [-365 * 24 * HOUR, -HOUR])
def test_the_sweep_finds_what_was_written_by_a_clock_that_was_ahead(hands: Hands, jump: int) -> None:
    for name in ("new", "waits", "runs"):
        hands.receive(name, f"s/{name}")
    (new, waits, runs) = hands.claim()
    with hands.ledger.write() as session:
        claims.wait(session, new, Reason.BACKOFF, 0, "Now.")
        claims.wait(session, waits, Reason.QUOTA, 10 * MINUTE, "Later.")
    set_clock(hands, jump, restart=True)
    with hands.ledger.write() as session:
        assert clockwork.sweep(session) == 3
        assert clockwork.sweep(session) == 0
    assert [one.id for one in hands.claim()] == [new.id]
    assert 9 * MINUTE < hands.event(waits.id).not_before - hands.now() <= 10 * MINUTE
    assert 0 < hands.event(runs.id).not_before - hands.now() <= 15 * SECOND
