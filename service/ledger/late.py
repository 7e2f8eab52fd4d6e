"""Writes of whole fields that a vendor may carry out late: a check of what stands there then is recorded.

A call whose answer was lost may still be at work, and set a text as it was before somebody's later line. The
check is an event of the same subject: nobody waits for it, and it waits only for what is in a worker's hands.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, undefer

from service.ledger import events
from service.ledger.clock import SECOND, db_now
from service.ledger.events import NewEvent
from service.ledger.life import CHECK, Lane, Origin, Status
from service.ledger.tables import Attempt, Event

# Above the 40 s after which a call that was never answered cannot be at work any more (docs/adr, 9).
DUE = 45 * SECOND
OPERATIONS = ("cscart.call_requests.update", "obzvonilka.contacts.update")
"""They set whole texts, which others write in as well."""


def expect(session: Session, event_seq: int, attempt_id: int, operation: str) -> None:
    """Have the write looked after, if it is one of those: by one check for all that were lost before it."""
    if operation not in OPERATIONS:
        return
    subject, lane = session.execute(select(Event.subject, Event.lane).where(Event.seq == event_seq)).one()
    vendor = operation.partition(".")[0]
    key = f"{subject}/check/{vendor}/"
    waiting = (
        update(Event)
        .where(
            Event.subject == subject,
            Event.type == CHECK,
            Event.dedupe_key.startswith(key, autoescape=True),
            Event.status.in_((Status.RECEIVED, Status.WAITING)),
        )
        .values(not_before=db_now() + DUE)
        .returning(Event.seq)
    )
    if session.execute(waiting, execution_options={"synchronize_session": False}).scalars().all():
        return
    # What found nothing missing is of no use to anybody.
    session.execute(delete(Event).where(Event.type == CHECK, Event.status == Status.DONE, Event.idle))
    events.record(
        session,
        NewEvent(
            source="perezvon",
            type=CHECK,
            subject=subject,
            dedupe_key=f"{key}{attempt_id}",
            data={"operation": operation, "attempt": attempt_id},
            raw=b"",
            lane=Lane(lane),
            origin=Origin.OWN,
            delay=DUE,
        ),
    )


def expect_of_crashed(session: Session, event_seqs: Sequence[int]) -> None:
    """The same for the writes that the events' workers have begun and never ended."""
    begun = select(Attempt.event_seq, Attempt.id, Attempt.operation).where(
        Attempt.event_seq.in_(event_seqs), Attempt.ended_at.is_(None), Attempt.operation.in_(OPERATIONS)
    )
    for event_seq, attempt_id, operation in session.execute(begun).tuples().all():
        expect(session, event_seq, attempt_id, operation)


def calls_since(session: Session, attempt_id: int) -> Sequence[Attempt]:
    """The attempt, and all at the same address from then on, with the last one before it in front.

    Empty when it is not known any more, or not what was sent.
    """
    path = Attempt.request["path"].as_string()
    whole = (undefer(Attempt.request), undefer(Attempt.answer))
    first = session.scalars(select(Attempt).where(Attempt.id == attempt_id).options(*whole)).one_or_none()
    if first is None or first.request is None:
        return ()
    same = select(Attempt).where(path == first.request["path"]).options(*whole)
    of_event = same.where(Attempt.event_seq == first.event_seq, Attempt.id < first.id)
    before = session.scalars(of_event.order_by(Attempt.id.desc()).limit(1)).all()
    return [*before, *session.scalars(same.where(Attempt.id >= first.id).order_by(Attempt.id))]


def told_since(session: Session, subject: str, attempt_id: int) -> Sequence[dict[str, object]]:
    """The data of the subject's events that came after the attempt was begun."""
    begun = select(Attempt.started_at).where(Attempt.id == attempt_id).scalar_subquery()
    came = select(Event.data).where(Event.subject == subject, Event.received_at >= begun, Event.type != CHECK)
    return session.scalars(came.order_by(Event.seq)).all()
