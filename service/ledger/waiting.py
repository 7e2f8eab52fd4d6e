"""Which vendors an event waits for: names in a column, so that they can be counted and woken."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from service.ledger import order
from service.ledger.clock import db_now
from service.ledger.life import Reason, Status
from service.ledger.tables import Event


def written(vendors: Iterable[str]) -> str | None:
    """The column's text for the vendors, the one that is due first in front."""
    names = dict.fromkeys(vendors)
    return f",{','.join(names)}," if names else None


def read(text: str | None) -> list[str]:
    """The vendors in the column's text."""
    return [name for name in (text or "").split(",") if name]


def for_vendor(name: str) -> ColumnElement[bool]:
    """Of events that wait for the vendor, whatever else they wait for."""
    return and_(
        Event.status == Status.WAITING,
        Event.reason.is_distinct_from(Reason.ORDER),
        Event.waits_for.contains(f",{name},", autoescape=True),
    )


def wake(session: Session, name: str) -> None:
    """The vendor can be called again: what waited for that is due."""
    stopped = Event.reason.in_((Reason.BREAKER, Reason.PAUSED, Reason.QUOTA))
    session.execute(update(Event).where(for_vendor(name), stopped).values(not_before=db_now()))


def wake_one(session: Session, name: str) -> None:
    """The first of those that wait for the vendor is due, whatever it waits for there."""
    first = (
        select(Event.seq)
        .where(for_vendor(name), ~order.is_blocked())
        .order_by(Event.not_before, Event.seq)
        .limit(1)
        .scalar_subquery()
    )
    session.execute(update(Event).where(Event.seq == first).values(not_before=db_now()))
