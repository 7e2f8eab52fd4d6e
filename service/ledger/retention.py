"""Forgets ended events once they are old enough (perezvon.toml, [retention])."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.config.model import Retention
from service.ledger.clock import MINUTE, db_now
from service.ledger.life import Status
from service.ledger.tables import Event

DAY = 24 * 60 * MINUTE
# Intake must not wait behind a purge: it goes in bites of some milliseconds.
BITE = 200

_DONE = (Status.DONE, Status.CANCELLED)
# What a person still has to look at is kept by its own rule.
_DEAD = (Status.DEAD, Status.REJECTED)


def purge(session: Session, retention: Retention) -> int:
    """Delete up to `BITE` events, with their steps and attempts, that ended longer ago than they are kept.

    Gives how many. The links stay: a reply may come long after, and the request is still known by them.
    """
    return sum(
        _delete(session, states, days)
        for states, days in ((_DONE, retention.done_days), (_DEAD, retention.dead_days))
        if days is not None
    )


def _delete(session: Session, states: Sequence[Status], days: int) -> int:
    old = session.scalars(
        select(Event.seq)
        .where(Event.status.in_(states), Event.ended_at < db_now() - days * DAY)
        .order_by(Event.seq)
        .limit(BITE)
    ).all()
    if old:
        session.execute(delete(Event).where(Event.seq.in_(old)))
    return len(old)
