"""What only the pages ask of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.ledger.life import Status
from service.ledger.tables import Event

MOST_GROUPS = 10
MOST_RELATED = 20


@dataclass(frozen=True)
class Waiting:
    """Events that wait for the same thing."""

    reason: str | None
    message: str | None
    count: int
    next_at: int


def waiting(session: Session) -> list[Waiting]:
    """What waits, and for what, the largest group first."""
    rows = session.execute(
        select(Event.reason, Event.message, func.count(), func.min(Event.not_before))
        .where(Event.status == Status.WAITING)
        .group_by(Event.reason, Event.message)
        .order_by(func.count().desc())
        .limit(MOST_GROUPS)
    )
    return [Waiting(*row) for row in rows.tuples()]


def related(session: Session, event: Event) -> Sequence[Event]:
    """Other events of the same subject, newest first."""
    return session.scalars(
        select(Event)
        .where(Event.subject == event.subject, Event.seq != event.seq)
        .order_by(Event.seq.desc())
        .limit(MOST_RELATED)
    ).all()
