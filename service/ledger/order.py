"""The order of a subject's events: that of arrival, one at a time.

A deletion waits for nothing but what is in a worker's hands: what is still open before it is cancelled
instead of being given out. A check of a lost write (see `late`) waits like it and ends nothing, and nobody
waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from service.ledger.clock import db_now
from service.ledger.life import CHECK, DELETION, OPEN, Status
from service.ledger.tables import Event


def is_blocked(event: Any = Event) -> Any:
    """Does the event wait for another one of its subject?"""
    other = aliased(Event)
    stands_before = and_(
        other.subject == event.subject,
        other.seq != event.seq,
        or_(
            and_(
                other.seq < event.seq,
                other.status.in_(OPEN),
                other.skipped_at.is_(None),
                other.type != CHECK,
                or_(
                    event.type.not_in((DELETION, CHECK)),
                    # What else stands before a deletion is cancelled when that is given out.
                    and_(event.type == DELETION, other.type == DELETION),
                    other.status == Status.RUNNING,
                ),
            ),
            and_(other.status == Status.RUNNING, other.not_before > db_now()),
        ),
    )
    return exists(select(other.seq).where(stands_before))


def end_before_deletions(session: Session, due: list[int]) -> set[int]:
    """Move F for what stands before a deletion that is due or waits, and for those of `due` that do; which.

    Whoever still works one of them, and is only slow, can change nothing any more.
    """
    if not due:
        return set()
    later = aliased(Event)
    deleted_later = exists(
        select(later.seq).where(
            later.subject == Event.subject,
            later.seq > Event.seq,
            later.type == DELETION,
            later.status.in_(OPEN),
        )
    )
    subjects = select(Event.subject).where(Event.seq.in_(due), Event.type == DELETION)
    ended = session.execute(
        update(Event)
        .where(
            Event.type.not_in((DELETION, CHECK)),
            deleted_later,
            or_(
                Event.seq.in_(due),
                and_(
                    Event.subject.in_(subjects.scalar_subquery()),
                    Event.status.in_((Status.RECEIVED, Status.WAITING)),
                ),
            ),
        )
        .values(
            status=Status.CANCELLED,
            reason=None,
            message="Cancelled: the request was deleted in the store after this.",
            next_action=None,
            claim=Event.claim + 1,
            updated_at=db_now(),
            ended_at=db_now(),
        )
        .returning(Event.seq),
        execution_options={"synchronize_session": False},
    )
    return set(ended.scalars())


def one_a_subject(found: Sequence[tuple[int, str]]) -> list[int]:
    """The first of each subject: a skipped event and the one after it may be found together."""
    return list({subject: seq for seq, subject in reversed(found)}.values())
