"""Writes what a worker does for an event: its steps and its attempts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session, aliased

from service.ledger import claims
from service.ledger.claims import Claimed
from service.ledger.clock import db_now
from service.ledger.database import upsert
from service.ledger.sql import Statement
from service.ledger.tables import Attempt, Event, Link, Step

DONE = "done"
FAILED = "failed"

KNOWN = "known"
"""The kind of link that holds what is known of a thing, beside the link that says which thing it is."""

OK = "ok"
"""Outcome of an attempt that the vendor answered well."""
UNKNOWN = "unknown"
"""Outcome of an attempt that may have reached the vendor; also what an attempt without an end means."""


# A gateway's answers (502, 504, and Cloudflare's own): what stands behind it may still be at work.
_GATEWAYS = {502, 504, *range(520, 528)}


def is_answer(status: int | None) -> bool:
    """Does the HTTP status say that the vendor is not at work on the call any more?"""
    return status is not None and status not in _GATEWAYS


@dataclass(frozen=True)
class RecordedStep:
    """A step that has ended: its result, or the reason why it cannot succeed."""

    name: str
    status: str
    result: Any
    message: str | None
    next_action: str | None


def steps(session: Session, held: Claimed) -> dict[str, RecordedStep]:
    """The event's ended steps by name."""
    rows = session.scalars(select(Step).where(Step.event_seq == held.seq))
    return {
        row.name: RecordedStep(row.name, row.status, row.result, row.message, row.next_action) for row in rows
    }


def unknown_steps(session: Session, held: Claimed) -> dict[str, int | None]:
    """The steps with a write that has, or may have, been done at the vendor.

    Asked about a step that has not ended, it tells that the answer was lost: on the way here, or when its
    worker died before it could write the step's end. With each name stands how long ago, in ms, the last call
    was sent that was never answered, and which the vendor may therefore still be working on; None when all
    of them were.
    """
    return _unknown(session, Attempt.event_seq == held.seq)


def unknown_of_subject(session: Session, held: Claimed, subject: str, step: str) -> dict[str, int | None]:
    """`unknown_steps` of every event of the subject, for the one step."""
    others = select(Event.seq).where(or_(Event.subject == subject, Event.seq == held.seq))
    return _unknown(session, and_(Attempt.event_seq.in_(others), Attempt.step == step))


def _unknown(session: Session, which: ColumnElement[bool]) -> dict[str, int | None]:
    rows = session.execute(
        select(
            Attempt.step,
            db_now() - Attempt.started_at,
            Attempt.http_status,
            Attempt.outcome,
            Attempt.ended_at,
        ).where(
            which,
            Attempt.repeatable.is_(False),
            Attempt.outcome.in_((OK, UNKNOWN)) | Attempt.ended_at.is_(None),
        )
    ).tuples()
    found: dict[str, int | None] = {}
    for step, age, status, outcome, ended_at in rows:
        answered = ended_at is not None and (outcome == OK or is_answer(status))
        others = found.get(step)
        ages = [one for one in (others, None if answered else age) if one is not None]
        found[step] = min(ages, default=None)
    return found


def end_step(
    session: Session,
    held: Claimed,
    name: str,
    result: Any = None,
    *,
    failed: bool = False,
    message: str | None = None,
    next_action: str | None = None,
) -> None:
    """Write how a step ended. Raises `LeaseLost`."""
    claims.check(session, held)
    claims.progressed(session, held)
    values = {
        "status": FAILED if failed else DONE,
        "result": result,
        "message": message,
        "next_action": next_action,
        "ended_at": db_now(),
    }
    session.execute(
        upsert(session, Step)
        .values(event_seq=held.seq, name=name, **values)
        .on_conflict_do_update(index_elements=[Step.event_seq, Step.name], set_=values)
    )


def begin_attempt(
    session: Session,
    held: Claimed,
    *,
    step: str,
    vendor: str,
    operation: str,
    repeatable: bool,
    request: dict[str, Any] | None = None,
) -> int:
    """Write an attempt before its call is made, with what is sent; gives its number. Raises `LeaseLost`."""
    claims.check(session, held)
    attempt = Attempt(
        event_seq=held.seq,
        step=step,
        vendor=vendor,
        operation=operation,
        repeatable=repeatable,
        request=request,
        started_at=db_now(),
    )
    session.add(attempt)
    session.flush()
    return attempt.id


def end_attempt(
    session: Session,
    attempt_id: int,
    *,
    outcome: str,
    http_status: int | None = None,
    message: str | None = None,
    calls_left: int | None = None,
    answer: Any = None,
) -> None:
    """Write how an attempt ended, with what is kept of the answer. It did end: no fencing."""
    session.execute(
        update(Attempt)
        .where(Attempt.id == attempt_id)
        .values(
            ended_at=db_now(),
            outcome=outcome,
            http_status=http_status,
            message=message,
            calls_left=calls_left,
            answer=answer,
        )
    )


def has_others(session: Session, held: Claimed, subject: str, types: Sequence[str]) -> bool:
    """Is there any other event of these types about the subject?"""
    others = select(Event.seq).where(Event.subject == subject, Event.seq != held.seq, Event.type.in_(types))
    return bool(session.scalar(select(others.exists())))


def was_corrected(session: Session, held: Claimed) -> bool:
    """Is the event a replay in which a person has changed what was received?"""
    original = aliased(Event)
    changed = select(Event.seq).where(
        Event.seq == held.seq, Event.replay_of == original.id, Event.raw != original.raw
    )
    return bool(session.scalar(select(changed.exists())))


def keep_known(session: Session, held: Claimed, known: dict[str, Any]) -> None:
    """Keep what was known before the event; what was kept by an earlier run of its flow stays."""
    standing = session.execute(select(Event.known_before).where(Event.seq == held.seq)).scalar_one() or {}
    if known.keys() - standing.keys():
        session.execute(update(Event).where(Event.seq == held.seq).values(known_before={**known, **standing}))


_LINK = Statement(
    """
    INSERT INTO links (subject, vendor, kind, external_id, data, created_at)
    VALUES (:subject, :vendor, :kind, :external_id, :data, {now})
    ON CONFLICT (subject, vendor, kind) DO UPDATE SET external_id = excluded.external_id, data = excluded.data
    """,
    json=["data"],
)


def link(
    session: Session, subject: str, vendor: str, kind: str, external_id: str, data: dict[str, Any]
) -> None:
    """Remember which thing at the vendor belongs to the subject; a new one takes the place of the old."""
    facts = {"subject": subject, "vendor": vendor, "kind": kind, "external_id": external_id, "data": data}
    _LINK.run(session, facts)


def change_known(
    session: Session,
    subject: str,
    vendor: str,
    external_id: str,
    change: Callable[[dict[str, Any]], dict[str, Any]],
) -> None:
    """Change what is known of the subject's thing at the vendor."""
    # Locked: word of a case may be worked beside its request, under a subject of its own.
    standing = select(Link.data).where(Link.subject == subject, Link.vendor == vendor, Link.kind == KNOWN)
    known = session.execute(standing.with_for_update()).scalar_one_or_none()
    before = dict(known or {})
    after = change(before)
    if after != before or known is None:
        link(session, subject, vendor, KNOWN, external_id, after)


def linked(session: Session, subject: str, vendor: str, kind: str) -> Link | None:
    """The subject's case or contact at the vendor."""
    return session.scalars(
        select(Link).where(Link.subject == subject, Link.vendor == vendor, Link.kind == kind)
    ).one_or_none()


def subject_of(session: Session, vendor: str, kind: str, external_id: str) -> str | None:
    """The subject that a vendor's case or contact belongs to; the latest, where it is shared."""
    return next(iter(subjects_of(session, vendor, kind, external_id)), None)


def subjects_of(session: Session, vendor: str, kind: str, external_id: str) -> list[str]:
    """The subjects that share a vendor's case or contact, the latest first; a hundred at most."""
    found = (
        select(Link.subject)
        .where(Link.vendor == vendor, Link.kind == kind, Link.external_id == external_id)
        .order_by(Link.id.desc())
        .limit(100)
    )
    return list(session.scalars(found))
