"""Gives due events to workers, and takes them back: the moves A, B, C and D of an event's life.

A claim pushes the event's `not_before` ahead (the lease) and counts up its `claim` (the fencing token).
A worker that dies lets the lease lapse, and the event is due again; a slow one that comes back later finds
that the token has moved on and can change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, exists, or_, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from service.ledger.clock import db_now
from service.ledger.life import OPEN, Reason, Status
from service.ledger.tables import Event


@dataclass(frozen=True)
class Claimed:
    """An event in a worker's hands. `now` is the ledger's time of the claim, in ms."""

    seq: int
    id: str
    type: str
    subject: str
    data: dict[str, Any] = field(repr=False)
    time: int
    received_at: int
    lane: str
    claim: int
    failures: int
    now: int


class LeaseLost(Exception):
    """The event was given to another worker meanwhile; leave it alone."""


def _due(lane: str) -> Any:
    other = aliased(Event)
    # Events of one subject go in the order of arrival, one at a time.
    stands_before = and_(
        other.subject == Event.subject,
        other.seq != Event.seq,
        or_(
            and_(other.seq < Event.seq, other.status.in_(OPEN)),
            and_(other.status == Status.RUNNING, other.not_before > db_now()),
        ),
    )
    return and_(
        Event.lane == lane,
        Event.status.in_(OPEN),
        Event.not_before <= db_now(),
        ~exists(select(other.seq).where(stands_before)),
    )


def claim(session: Session, lane: str, limit: int, lease: int) -> list[Claimed]:
    """Move A for up to `limit` due events, the longest due first, for `lease` ms.

    The session must be the ledger's exclusive one: claims go one at a time, so that no two workers can win
    the same event nor two events of one subject.
    """
    due = select(Event.seq).where(_due(lane)).order_by(Event.not_before, Event.seq).limit(limit)
    chosen = session.scalars(due).all()
    if not chosen:
        return []
    rows = session.execute(
        update(Event)
        .where(Event.seq.in_(chosen))
        .values(
            status=Status.RUNNING,
            reason=None,
            not_before=db_now() + lease,
            claim=Event.claim + 1,
            updated_at=db_now(),
        )
        .returning(
            Event.seq,
            Event.id,
            Event.type,
            Event.subject,
            Event.data,
            Event.time,
            Event.received_at,
            Event.lane,
            Event.claim,
            Event.failures,
            Event.updated_at,
        )
    ).tuples()
    return sorted((Claimed(*row) for row in rows), key=lambda one: one.seq)


def any_due(session: Session, lane: str) -> bool:
    """Is there work in the lane right now?"""
    return session.execute(select(exists().where(_due(lane)))).scalar_one()


def renew(session: Session, held: Iterable[Claimed], lease: int) -> None:
    """Extend the lease of the events that are still ours."""
    pairs = [(one.seq, one.claim) for one in held]
    if pairs:
        session.execute(
            update(Event)
            .where(tuple_(Event.seq, Event.claim).in_(pairs), Event.status == Status.RUNNING)
            .values(not_before=db_now() + lease)
        )


def check(session: Session, held: Claimed) -> None:
    """Raise `LeaseLost` unless the event is still ours."""
    current = session.execute(
        select(Event.claim).where(Event.seq == held.seq, Event.status == Status.RUNNING)
    ).scalar_one_or_none()
    if current != held.claim:
        raise LeaseLost(held.id)


def done(session: Session, held: Claimed, message: str | None = None) -> None:
    """Move B. Raises `LeaseLost`."""
    _settle(session, held, status=Status.DONE, message=message, ended_at=db_now())


def wait(
    session: Session, held: Claimed, reason: Reason, delay: int, message: str, *, failed: bool = False
) -> None:
    """Move C: due again in `delay` ms. `failed` counts towards the back-off. Raises `LeaseLost`."""
    _settle(
        session,
        held,
        status=Status.WAITING,
        reason=reason,
        message=message,
        not_before=db_now() + delay,
        failures=Event.failures + int(failed),
    )


def die(session: Session, held: Claimed, message: str, next_action: str) -> None:
    """Move D. Raises `LeaseLost`."""
    _settle(session, held, status=Status.DEAD, message=message, next_action=next_action, ended_at=db_now())


def _settle(session: Session, held: Claimed, **values: Any) -> None:
    changed = session.execute(
        update(Event)
        .where(Event.seq == held.seq, Event.claim == held.claim, Event.status == Status.RUNNING)
        .values({"reason": None, "next_action": None, "updated_at": db_now()} | values)
        .returning(Event.seq)
    ).scalar_one_or_none()
    if changed is None:
        raise LeaseLost(held.id)
