"""When the store's list is walked: the ledger remembers, so that no restart puts it off."""

from __future__ import annotations

import uuid

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from service.ledger import events, marks
from service.ledger.clock import MINUTE, SECOND, db_now
from service.ledger.events import NewEvent
from service.ledger.life import OPEN, Lane, Origin, Status
from service.ledger.tables import Event
from workers.reconcile.names import BACKFILL, CURSOR, RECONCILE, SUBJECT

# A lost callback costs a customer at most this long; one call to the store each time.
EVERY = 5 * MINUTE
_MARK = "reconcile"


def ask(session: Session, every: int = EVERY) -> str | None:
    """Record a walk if the last one was asked for `every` ms ago; gives its id. Safe to run twice.

    The session must be the ledger's exclusive one. The first time nothing is walked: the store's list as it
    stands is the beginning, and what is made from now on is looked for.
    """
    now: int = session.scalar(db_now().select()) or 0
    if marks.read(session, CURSOR) is None:
        # The store's times are whole seconds: what was made in this one is of this second's beginning.
        marks.write(session, CURSOR, {"last": None, "since": now - now % SECOND})
    mark = marks.read(session, _MARK)
    if mark is None:
        marks.write(session, _MARK, {"asked_at": now})
        return None
    # A time in the future was written by a clock that was wrong.
    if 0 <= now - mark["asked_at"] < every:
        return None
    if session.scalar(select(exists().where(Event.type == RECONCILE, Event.status.in_(OPEN)))):
        return None
    # What found nothing is of no use to anybody once there is a later one.
    session.execute(
        delete(Event).where(
            Event.subject == SUBJECT,
            Event.type == RECONCILE,
            Event.status == Status.DONE,
            Event.idle,
        )
    )
    marks.write(session, _MARK, {"asked_at": now})
    return _record(session, RECONCILE, {})


def ask_backfill(session: Session, since: int) -> str:
    """Record a walk back to `since` (ms); gives its id."""
    return _record(session, BACKFILL, {"since": since})


def _record(session: Session, kind: str, data: dict[str, int]) -> str:
    new = NewEvent(
        source="perezvon",
        type=kind,
        subject=SUBJECT,
        dedupe_key=f"{kind}/{uuid.uuid4()}",
        data=data,
        raw=b"",
        lane=Lane.BULK,
        origin=Origin.OWN,
    )
    return events.record(session, new).event_id
