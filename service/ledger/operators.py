"""What people do to events and vendors: retry, cancel, replay, pause, resume, try. All is in the audit."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from service.ledger import events, waiting
from service.ledger.clock import SECOND, db_now
from service.ledger.database import upsert
from service.ledger.life import MOVES, Lane, MoveRefused, Reason, Status
from service.ledger.record import FAILED
from service.ledger.tables import AuditEntry, Event, Step, Vendor

RUNNING = "running"
PAUSED = "paused"
DENIED = "denied"

TRY_LASTS = 300 * SECOND
"""So long a call that a person wants now may be made; there may be none to make at the moment."""

SKIPPABLE = (Status.RECEIVED, Status.WAITING)
"""A running event is over soon, or its lease is; an ended one holds up nobody."""


def audit(session: Session, actor: str, action: str, target: str, **details: Any) -> None:
    """Write one act of a person."""
    session.add(AuditEntry(at=db_now(), actor=actor, action=action, target=target, details=details))


def retry(session: Session, event: Event, actor: str) -> None:
    """Move E, or at once instead of later for a waiting event. Finished steps stay finished.

    Its calls are made whatever breaker, freeze or denial says; a vendor that a person paused stays paused.

    Raises `MoveRefused`.
    """
    if event.status not in (*MOVES["E"], Status.WAITING):
        raise MoveRefused(f"The event is {event.status}: only dead and waiting events can be retried.")
    session.execute(delete(Step).where(Step.event_seq == event.seq, Step.status == FAILED))
    _move(
        session,
        event,
        (*MOVES["E"], Status.WAITING),
        status=Status.WAITING,
        reason=None,
        message="Retried by a person.",
        next_action=None,
        not_before=db_now(),
        waits_for=None,
        forced=True,
        failures=0,
        crashes=0,
        ended_at=None,
    )
    audit(session, actor, "retry", event.id)


def skip(session: Session, event: Event, actor: str) -> None:
    """Set an event aside that others wait for: later ones of its subject go on, and it takes its own time.

    Raises `MoveRefused`.
    """
    _move(session, event, SKIPPABLE, skipped_at=db_now())
    audit(session, actor, "skip", event.id)


def cancel(session: Session, event: Event, actor: str) -> None:
    """Move F. Raises `MoveRefused`."""
    _move(
        session,
        event,
        MOVES["F"],
        status=Status.CANCELLED,
        reason=None,
        message="Cancelled by a person.",
        next_action=None,
        ended_at=db_now(),
    )
    audit(session, actor, "cancel", event.id)


def replay(
    session: Session, event: Event, new: events.NewEvent, actor: str, *, corrected: bool = False
) -> str:
    """Move H: record `new`, made from `event`, which stays as it is. Gives the new event's id.

    Raises `MoveRefused`.
    """
    check_replay(event)
    recorded = events.record(session, new)
    audit(session, actor, "replay", event.id, new_event=recorded.event_id, corrected=corrected)
    return recorded.event_id


def check_replay(event: Event) -> None:
    """Raise `MoveRefused` unless move H may be made."""
    if event.status not in MOVES["H"]:
        raise MoveRefused(f"The event is {event.status}: wait until it has ended, or cancel it first.")


def _move(session: Session, event: Event, allowed: tuple[Status, ...], **values: Any) -> None:
    changed = session.execute(
        update(Event)
        .where(Event.seq == event.seq, Event.status.in_(allowed))
        .values(updated_at=db_now(), **values)
        .returning(Event.seq)
    ).scalar_one_or_none()
    if changed is None:
        raise MoveRefused(
            f"The event is {event.status}; this can be done only while it is {' or '.join(allowed)}."
        )


def vendor(session: Session, name: str) -> Vendor:
    """The vendor's row, made on first use."""
    session.execute(
        upsert(session, Vendor)
        .values(name=name, state=RUNNING, changed_at=db_now(), not_before=0)
        .on_conflict_do_nothing(index_elements=[Vendor.name])
    )
    return session.scalars(select(Vendor).where(Vendor.name == name)).one()


def pause(session: Session, name: str, actor: str) -> None:
    """Stop calling the vendor until somebody resumes it."""
    _set_state(session, name, PAUSED, actor, "Paused by a person.")
    audit(session, actor, "pause", name)


def resume(session: Session, name: str, actor: str) -> None:
    """Call the vendor again; what waited for that goes at once."""
    _set_state(session, name, RUNNING, actor, None)
    session.execute(
        update(Event)
        .where(Event.status == Status.WAITING, Event.reason == Reason.PAUSED)
        .values(not_before=db_now())
    )
    _allow_one(session, name)
    audit(session, actor, "resume", name)


def try_now(session: Session, name: str, actor: str) -> None:
    """One call to the vendor now, whatever breaker, freeze or denial says. Raises `MoveRefused`."""
    if vendor(session, name).state == PAUSED:
        raise MoveRefused("The vendor is paused by a person: resume it, and it is called at once.")
    session.execute(update(Vendor).where(Vendor.name == name).values(not_before=0))
    _allow_one(session, name)
    audit(session, actor, "try", name)


def _allow_one(session: Session, name: str) -> None:
    session.execute(update(Vendor).where(Vendor.name == name).values(try_until=db_now() + TRY_LASTS))
    waiting.wake_one(session, name)


def is_tried(session: Session, name: str) -> bool:
    """Does a person want one call now that nobody has made yet?"""
    wanted = select(Vendor.name).where(Vendor.name == name, Vendor.try_until > db_now())
    return session.scalar(wanted) is not None


def take_try(session: Session, name: str) -> bool:
    """May this be the call that a person wants now? To one caller only."""
    taken = session.execute(
        update(Vendor)
        .where(Vendor.name == name, Vendor.try_until > db_now())
        .values(try_until=None)
        .returning(Vendor.name)
    )
    return taken.scalar_one_or_none() is not None


def _set_state(session: Session, name: str, state: str, actor: str, message: str | None) -> None:
    row = vendor(session, name)
    session.execute(
        update(Vendor)
        .where(Vendor.name == row.name)
        .values(state=state, changed_by=actor, changed_at=db_now(), message=message, not_before=0)
    )


def as_replay(event: Event, data: dict[str, Any], dedupe_key: str) -> events.NewEvent:
    """`event` once more with `data`, as a new event of the same subject."""
    return events.NewEvent(
        source=event.source,
        type=event.type,
        subject=event.subject,
        dedupe_key=dedupe_key,
        data=data,
        raw=event.raw,
        content_type=event.content_type,
        time=event.time,
        lane=Lane.INTERACTIVE,
        replay_of=event.id,
    )
