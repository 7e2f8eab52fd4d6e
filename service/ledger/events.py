"""Writes new events and reads them back."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, or_, select
from sqlalchemy.orm import Session, aliased, selectinload

from service.ledger.clock import db_now
from service.ledger.life import CHECK, OPEN, Lane, Origin, Status
from service.ledger.sql import Statement
from service.ledger.tables import Event, Link


@dataclass(frozen=True, kw_only=True)
class NewEvent:
    """What intake learned from one delivery. `time` is when it happened at the sender, in ms, or None."""

    source: str
    type: str
    subject: str
    dedupe_key: str
    data: dict[str, Any]
    raw: bytes
    content_type: str = "application/json"
    time: int | None = None
    lane: Lane = Lane.INTERACTIVE
    status: Status = Status.RECEIVED
    message: str | None = None
    next_action: str | None = None
    replay_of: str | None = None
    # Waiting events of the same key may be done in one call.
    merge_key: str | None = None
    # What may happen again in the same words: once the first is begun, a repeat is looked at as well.
    recurs: bool = False
    origin: Origin = Origin.CALLBACK
    # In ms: not to be worked before.
    delay: int = 0


@dataclass(frozen=True)
class Recorded:
    """The event's id; `duplicate` when an earlier delivery had already brought it."""

    event_id: str
    duplicate: bool


_RECORD = Statement(
    """
    INSERT INTO events (id, source, type, subject, time, data, raw, content_type, dedupe_key, lane, status,
    message, next_action, not_before, claim, failures, crashes, replay_of, merge_key, origin, idle,
    received_at, updated_at, ended_at)
    VALUES (:id, :source, :type, :subject, coalesce(CAST(:time AS BIGINT), {now}), :data, :raw, :content_type,
    :dedupe_key, :lane, :status, :message, :next_action, {now} + :delay, 0, 0, 0, :replay_of, :merge_key,
    :origin, false, {now}, {now}, CASE WHEN :ended = 1 THEN {now} END)
    ON CONFLICT (dedupe_key) DO NOTHING RETURNING id
    """,
    json=["data"],
)
_EARLIER = Statement("SELECT id, claim FROM events WHERE dedupe_key = :dedupe_key")
# What the statement takes as it stands.
_AS_THEY_ARE = (
    *("source", "type", "subject", "time", "data", "raw", "dedupe_key", "lane", "status", "message"),
    *("next_action", "delay", "replay_of", "merge_key", "origin"),
)


def record(session: Session, new: NewEvent) -> Recorded:
    """Write `new`, unless an event with its dedupe key is there already; what `recurs` see there."""
    event_id = str(uuid.uuid4())
    values = {name: getattr(new, name) for name in _AS_THEY_ARE} | {
        "id": event_id,
        "content_type": new.content_type[:200],
        "ended": int(new.status not in OPEN),
    }
    written = _RECORD.run(session, values).scalar_one_or_none()
    if written is not None:
        return Recorded(written, duplicate=False)
    earlier, claim = _EARLIER.run(session, {"dedupe_key": new.dedupe_key}).one()
    if new.recurs and claim:
        # Whoever works the first may have read what it tells of before this one was sent. To the sender it
        # is a duplicate all the same.
        record(session, replace(new, dedupe_key=f"{new.dedupe_key}/{event_id}", recurs=False))
    return Recorded(earlier, duplicate=True)


def known(session: Session, dedupe_keys: Sequence[str]) -> set[str]:
    """Those of the keys that there are events for."""
    return set(session.scalars(select(Event.dedupe_key).where(Event.dedupe_key.in_(dedupe_keys))))


@dataclass(frozen=True)
class Filter:
    """What the operators' list may be narrowed by; times in ms; `q` is searched for in what people know."""

    status: str | None = None
    source: str | None = None
    type: str | None = None
    subject: str | None = None
    q: str | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True)
class Page:
    """A part of the list, newest first; `cursor` asks for the next part, None at the end."""

    events: Sequence[Event] = field(default_factory=list)
    cursor: str | None = None


def conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    """`wanted` as conditions on `Event`."""
    found: list[ColumnElement[bool]] = [
        column == value
        for column, value in (
            (Event.status, wanted.status),
            (Event.source, wanted.source),
            (Event.type, wanted.type),
            (Event.subject, wanted.subject),
        )
        if value is not None
    ]
    if wanted.since is not None:
        found.append(Event.received_at >= wanted.since)
    if wanted.until is not None:
        found.append(Event.received_at < wanted.until)
    if wanted.q:
        found.append(_found_by(wanted.q))
    return found


def _found_by(q: str) -> ColumnElement[bool]:
    linked = select(Link.subject).where(
        or_(Link.external_id == q, cast(Link.data, String).contains(q, autoescape=True))
    )
    return or_(
        Event.id == q,
        Event.subject.icontains(q, autoescape=True),
        Event.message.icontains(q, autoescape=True),
        *(cast(Event.data, String).icontains(one, autoescape=True) for one in _writings(q)),
        Event.subject.in_(linked),
    )


def _writings(q: str) -> list[str]:
    """How `q` may stand in an event's data."""
    # SQLite, and PostgreSQL in the C locale, know upper and lower case of Latin letters only.
    found = [q] if q.isascii() else [q, q.lower(), q.upper(), q.title()]
    # SQLite keeps JSON as it was written, with \u escapes.
    found += [json.dumps(one)[1:-1] for one in found]
    digits = re.sub(r"\D", "", q)
    if len(digits) >= 7 and re.fullmatch(r"[\d\s()+.-]+", q):
        # A phone is kept as +79170000000 too; people write its beginning as 8, 7 or not at all.
        found.append(digits[-10:])
    return list(dict.fromkeys(found))


def page(session: Session, wanted: Filter, cursor: int | None, limit: int) -> Page:
    """Up to `limit` events, newest first, older than `cursor` (an event's `seq`)."""
    query = select(Event).where(*conditions(wanted)).order_by(Event.seq.desc()).limit(limit + 1)
    if cursor is not None:
        query = query.where(Event.seq < cursor)
    found = session.scalars(query).all()
    return Page(found[:limit], str(found[limit - 1].seq) if len(found) > limit else None)


def get(session: Session, event_id: str) -> Event | None:
    """The event with its steps and attempts, or None."""
    return session.scalars(
        select(Event)
        .where(Event.id == event_id)
        .options(selectinload(Event.steps), selectinload(Event.attempts))
    ).one_or_none()


def blockers(session: Session, events: Sequence[Event]) -> dict[int, Event]:
    """For each event that waits its turn, by `seq`: the first open event of its subject."""
    waiting = [one for one in events if one.status in OPEN]
    if not waiting:
        return {}
    earlier = aliased(Event)
    rows = session.execute(
        select(Event.seq, func.min(earlier.seq))
        .join(earlier, (earlier.subject == Event.subject) & (earlier.seq < Event.seq))
        .where(
            Event.seq.in_([one.seq for one in waiting]),
            earlier.status.in_(OPEN),
            earlier.skipped_at.is_(None),
            earlier.type != CHECK,
        )
        .group_by(Event.seq)
    ).all()
    heads = {
        head.seq: head
        for head in session.scalars(select(Event).where(Event.seq.in_({head for _, head in rows})))
    }
    return {seq: heads[head] for seq, head in rows}


def counts(session: Session) -> dict[str, int]:
    """How many events there are in each state."""
    rows = session.execute(select(Event.status, func.count()).group_by(Event.status)).tuples()
    return {**dict.fromkeys(Status, 0), **dict(rows.all())}


def oldest_due(session: Session) -> int | None:
    """How long ago, in ms, the event that waits longest to be worked became due; None without one."""
    return session.execute(
        select(db_now() - func.min(Event.not_before)).where(
            Event.status.in_(OPEN), Event.not_before <= db_now()
        )
    ).scalar_one_or_none()
