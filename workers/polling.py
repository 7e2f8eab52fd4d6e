"""When the dialer is asked what has changed: the ledger remembers, so that no restart puts it off."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from service.ledger import events, marks
from service.ledger.clock import MINUTE, db_now
from service.ledger.events import NewEvent
from service.ledger.life import OPEN, Lane, Origin, Status
from service.ledger.tables import Event
from service.settings import Settings
from workers.flows.polls import POLL_CONTACTS, POLL_RESULTS

# A list of everything a base holds: what an operator wrote there can wait this long.
CONTACTS_EVERY = 3 * MINUTE
RESULTS_EVERY = MINUTE
_MARK = "dialer.polled"


def ask(session: Session, settings: Settings) -> int:
    """Record the polls that are due and switched on; gives how many. Safe to run twice.

    The session must be the ledger's exclusive one.
    """
    now: int = session.scalar(db_now().select()) or 0
    asked_at = marks.read(session, _MARK) or {}
    due = [
        (subject, kind, data)
        for subject, kind, data, every in polls(settings)
        # A time in the future was written by a clock that was wrong.
        if not 0 <= now - asked_at.get(subject, -every) < every and not _is_open(session, subject)
    ]
    for subject, kind, data in due:
        # What found nothing is of no use to anybody once there is a later one.
        session.execute(
            delete(Event).where(
                Event.subject == subject,
                Event.type == kind,
                Event.status == Status.DONE,
                Event.idle,
            )
        )
        events.record(session, _event(subject, kind, data))
    if due:
        marks.write(session, _MARK, asked_at | {subject: now for subject, _, _ in due})
    return len(due)


def polls(settings: Settings) -> Iterator[tuple[str, str, dict[str, str], int]]:
    """The subject, type and data of each poll, and how often."""
    config = settings.config
    if config.flows.contact_changed:
        stores = (config.default_store, *config.stores.values())
        for base in dict.fromkeys(one.contact_base or settings.obzvonilka.contact_base for one in stores):
            subject = f"obzvonilka/contact_base/{base}"
            yield subject, POLL_CONTACTS, {"base_id": base}, CONTACTS_EVERY
    if config.flows.call_results:
        yield "obzvonilka/call_history", POLL_RESULTS, {}, RESULTS_EVERY


def _is_open(session: Session, subject: str) -> bool:
    """Is an earlier poll still waiting, for the dialer to come back or for its turn?"""
    waiting = select(exists().where(Event.subject == subject, Event.status.in_(OPEN)))
    return bool(session.scalar(waiting))


def _event(subject: str, kind: str, data: dict[str, str]) -> NewEvent:
    return NewEvent(
        source="perezvon",
        type=kind,
        subject=subject,
        dedupe_key=f"{subject}/{uuid.uuid4()}",
        data=data,
        raw=b"",
        lane=Lane.BULK,
        origin=Origin.OWN,
    )
