"""Ended events are forgotten when perezvon.toml says so, and nothing else is."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from service.config.model import Retention
from service.ledger import retention
from service.ledger.database import Ledger
from service.ledger.retention import DAY
from service.ledger.tables import Attempt, Event, Step
from tests.console import Seed

OLD = 40 * DAY


def left(ledger: Ledger) -> list[str]:
    with ledger.read() as session:
        return sorted(session.scalars(select(Event.status)))


def purge(ledger: Ledger, **days: int) -> int:
    with ledger.write() as session:
        return retention.purge(session, Retention(**days))


@pytest.fixture
def seed(ledger: Ledger) -> Seed:
    """An old event of every state, and a young one that is done."""
    seed = Seed(ledger)
    for number, status in enumerate(("received", "waiting", "done", "cancelled", "dead", "rejected")):
        event = seed.event(request_id=number + 1, status=status, age=OLD)
        seed.step(event, "dialer.find")
        seed.attempt(event, "dialer.find", "obzvonilka.contacts.find_by_external")
    seed.event(request_id=99, status="done", age=1000)
    return seed


def test_without_a_rule_everything_stays(ledger: Ledger, seed: Seed) -> None:
    assert purge(ledger) == 0
    assert len(left(ledger)) == 7
    assert seed


def test_done_and_dead_have_rules_of_their_own(ledger: Ledger, seed: Seed) -> None:
    assert purge(ledger, done_days=30) == 2
    assert left(ledger) == ["dead", "done", "received", "rejected", "waiting"]
    assert purge(ledger, done_days=30, dead_days=50) == 0
    assert purge(ledger, dead_days=30) == 2
    assert left(ledger) == ["done", "received", "waiting"]
    with ledger.read() as session:
        # The steps and attempts go with their events.
        assert session.scalar(select(func.count()).select_from(Step)) == 2
        assert session.scalar(select(func.count()).select_from(Attempt)) == 2
    assert seed


def test_a_purge_goes_in_bites(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BITE", 3)
    seed = Seed(ledger)
    for number in range(5):
        seed.event(request_id=number + 1, status="done", age=OLD)
    assert [purge(ledger, done_days=30) for _ in range(3)] == [3, 2, 0]
