"""Short ways to move events about, as intake, workers and people do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from service.ledger import claims, events
from service.ledger.claims import Claimed
from service.ledger.clock import SECOND, db_now
from service.ledger.database import Ledger
from service.ledger.events import NewEvent, Recorded
from service.ledger.life import Lane
from service.ledger.tables import Event

LEASE = 15 * SECOND


@dataclass
class Hands:
    """One ledger's intake and workers."""

    ledger: Ledger

    def receive(
        self,
        key: str,
        subject: str = "cscart/1/call_request/1",
        kind: str = "call_request.created",
        **more: Any,
    ) -> Recorded:
        new = NewEvent(
            source="cscart",
            type=kind,
            subject=subject,
            dedupe_key=key,
            data={"key": key},
            raw=key.encode(),
            **more,
        )
        with self.ledger.write() as session:
            return events.record(session, new)

    def claim(self, limit: int = 10, lane: Lane = Lane.INTERACTIVE, lease: int = LEASE) -> list[Claimed]:
        with self.ledger.exclusive() as session:
            return claims.claim(session, lane, limit, lease)

    def event(self, event_id: str) -> Event:
        with self.ledger.read() as session:
            return session.scalars(select(Event).where(Event.id == event_id)).one()

    def all(self) -> list[Event]:
        with self.ledger.read() as session:
            return list(session.scalars(select(Event).order_by(Event.seq)))

    def lapse(self) -> None:
        """Every lease and every wait is over."""
        self.shift(-24 * 3600 * SECOND)

    def shift(self, by: int) -> None:
        """Open events are due `by` ms later (sooner, when negative): what a jump of the clock looks like."""
        with self.ledger.write() as session:
            session.execute(
                update(Event)
                .where(Event.status.in_(("received", "running", "waiting")))
                .values(not_before=Event.not_before + by)
            )

    def now(self) -> int:
        with self.ledger.read() as session:
            return session.scalar(db_now().select()) or 0

    def lapse_of(self, event_id: str) -> None:
        """This event's wait is over."""
        with self.ledger.write() as session:
            session.execute(update(Event).where(Event.id == event_id).values(not_before=0))
