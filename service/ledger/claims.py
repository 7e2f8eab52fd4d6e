"""Gives due events to workers, and takes them back: the moves A, B, C and D of an event's life.

A claim pushes the event's `not_before` ahead (the lease) and counts up its `claim` (the fencing token).
A worker that dies lets the lease lapse, and the event is due again; a slow one that comes back later finds
that the token has moved on and can change nothing. An event whose lease lapses again and again at the same
step is what kills its workers, and is dead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, case, exists, or_, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from service.ledger import clockwork, late, order
from service.ledger.clock import db_now
from service.ledger.life import OPEN, Reason, Status
from service.ledger.tables import Event

# Once may be an accident and twice bad luck. Only lapses without a step ended in between count, so that an
# event which was merely there each time when machines were restarted goes on.
MOST_CRASHES = 3
# From the second on it is looked at closely. Not from the first: when machines are restarted, all that they
# had in hand would be worked one by one.
SUSPECT_CRASHES = 2


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
    crashes: int = 0
    merge_key: str | None = None
    dedupe_key: str = ""
    origin: str | None = None
    replay_of: str | None = None
    forced: bool = False


class LeaseLost(Exception):
    """The event was given to another worker meanwhile; leave it alone."""


def _is_led() -> Any:
    """Of the events that can be one call only the first is given out: it takes the others along."""
    other = aliased(Event)
    leads = and_(
        other.merge_key == Event.merge_key,
        other.seq != Event.seq,
        or_(
            and_(
                other.seq < Event.seq,
                other.status.in_(OPEN),
                other.not_before <= db_now(),
                # One that waits for another of its own subject would hold up the rest.
                ~order.is_blocked(other),
            ),
            and_(other.status == Status.RUNNING, other.not_before > db_now()),
        ),
    )
    return and_(Event.merge_key.is_not(None), exists(select(other.seq).where(leads)))


def _due(lane: str) -> Any:
    return and_(
        Event.lane == lane,
        Event.status.in_(OPEN),
        Event.not_before <= db_now(),
        ~order.is_blocked(),
        ~_is_led(),
    )


def claim(
    session: Session, lane: str, limit: int, lease: int, *, alone: bool = True, deletions_end: bool = True
) -> list[Claimed]:
    """Move A for up to `limit` due events, the longest due first, for `lease` ms.

    The session must be the ledger's exclusive one: claims go one at a time, so that no two workers can win
    the same event nor two events of one subject. What has killed its workers is not given out: move D. What
    may have done so, because its lease has lapsed twice, is given out by itself, to a worker that has nothing
    else in hand (`alone`): otherwise what dies beside it would be taken for poison too. `deletions_end`: what
    stands before a deletion is cancelled; not where nothing is done for deletions.
    """
    clockwork.keep(session)
    due = (
        select(Event.seq, Event.status, Event.crashes, Event.subject)
        .where(_due(lane))
        .order_by(Event.not_before, Event.seq)
        .limit(limit)
        # What an operator cancels or another worker still ends at this moment is left to them.
        .with_for_update(skip_locked=True, of=Event)
    )
    rows_due = session.execute(due).tuples().all()
    if deletions_end:
        doomed = order.end_before_deletions(session, [seq for seq, *_ in rows_due])
        rows_due = [row for row in rows_due if row[0] not in doomed]
    if lapsed := [seq for seq, status, *_ in rows_due if status == Status.RUNNING]:
        late.expect_of_crashed(session, lapsed)
    poison = [
        seq
        for seq, status, crashes, _ in rows_due
        if status == Status.RUNNING and crashes + 1 >= MOST_CRASHES
    ]
    if poison:
        _die_of_crashes(session, poison)
    suspects = [
        seq
        for seq, status, crashes, _ in rows_due
        if status == Status.RUNNING and crashes + 1 >= SUSPECT_CRASHES and seq not in poison
    ]
    if suspects:
        return _take(session, suspects[:1], lease) if alone else []
    well = [(seq, subject) for seq, _, _, subject in rows_due if seq not in poison]
    return _take(session, order.one_a_subject(well), lease)


def claim_alike(session: Session, held: Claimed, limit: int, lease: int) -> list[Claimed]:
    """Move A for up to `limit` events that ask for the same as `held`, due or not, to be done in its call.

    The session must be the ledger's exclusive one. What waits for a person's "resume" is left alone, and so
    is what has an event of its own subject before it.
    """
    alike = (
        select(Event.seq, Event.subject)
        .where(
            Event.merge_key == held.merge_key,
            Event.merge_key.is_not(None),
            Event.seq != held.seq,
            or_(
                Event.status == Status.RECEIVED,
                and_(Event.status == Status.WAITING, Event.reason.is_distinct_from(Reason.PAUSED)),
            ),
            ~order.is_blocked(),
        )
        .order_by(Event.seq)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Event)
    )
    return _take(session, order.one_a_subject(session.execute(alike).tuples().all()), lease)


def _take(session: Session, chosen: list[int], lease: int) -> list[Claimed]:
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
            # Still running: its lease has lapsed without an outcome.
            crashes=case((Event.status == Status.RUNNING, Event.crashes + 1), else_=Event.crashes),
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
            Event.crashes,
            Event.merge_key,
            Event.dedupe_key,
            Event.origin,
            Event.replay_of,
            Event.forced,
        )
    ).tuples()
    return sorted((Claimed(*row) for row in rows), key=lambda one: one.seq)


def _die_of_crashes(session: Session, seqs: list[int]) -> None:
    session.execute(
        update(Event)
        .where(Event.seq.in_(seqs))
        .values(
            status=Status.DEAD,
            reason=None,
            message=f"It ended its worker {MOST_CRASHES} times in a row at the same step.",
            next_action="Send the log of these times to the developers; retry it after an update.",
            # Whoever of them is only slow, and not dead, can change nothing any more.
            claim=Event.claim + 1,
            crashes=MOST_CRASHES,
            updated_at=db_now(),
            ended_at=db_now(),
        )
    )


def progressed(session: Session, held: Claimed) -> None:
    """The event got further than when its worker died."""
    if held.crashes:
        session.execute(
            update(Event).where(Event.seq == held.seq, Event.claim == held.claim).values(crashes=0)
        )


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
        select(Event.claim)
        .where(Event.seq == held.seq, Event.status == Status.RUNNING)
        # Until the end of what is written now nobody else is given it: what they look up is all there is.
        .with_for_update()
    ).scalar_one_or_none()
    if current != held.claim:
        raise LeaseLost(held.id)


def done(session: Session, held: Claimed, message: str | None = None, *, idle: bool = False) -> None:
    """Move B; `idle` when it has found nothing. Raises `LeaseLost`."""
    _settle(session, held, status=Status.DONE, message=message, idle=idle, ended_at=db_now())


def wait(
    session: Session,
    held: Claimed,
    reason: Reason,
    delay: int,
    message: str,
    *,
    failed: bool = False,
    waits_for: str | None = None,
) -> None:
    """Move C: due again in `delay` ms. `failed` counts towards the back-off; `waits_for` as in `waiting`.

    Raises `LeaseLost`.
    """
    _settle(
        session,
        held,
        status=Status.WAITING,
        reason=reason,
        message=message,
        not_before=db_now() + delay,
        failures=Event.failures + int(failed),
        waits_for=waits_for,
    )


def part(session: Session, held: Claimed, message: str) -> None:
    """Move C, due at once and by itself: it is not merged with others any more. Raises `LeaseLost`."""
    _settle(session, held, status=Status.WAITING, message=message, not_before=db_now(), merge_key=None)


def move(session: Session, held: Claimed, subject: str) -> None:
    """The event is about `subject`: from its next claim on it has its place in the order of that.

    Raises `LeaseLost`.
    """
    check(session, held)
    session.execute(update(Event).where(Event.seq == held.seq).values(subject=subject))


def unmerge(session: Session, held: Claimed) -> None:
    """The event is not merged with others any more."""
    session.execute(
        update(Event).where(Event.seq == held.seq, Event.claim == held.claim).values(merge_key=None)
    )


def die(session: Session, held: Claimed, message: str, next_action: str) -> None:
    """Move D. Raises `LeaseLost`."""
    _settle(session, held, status=Status.DEAD, message=message, next_action=next_action, ended_at=db_now())


def _settle(session: Session, held: Claimed, **values: Any) -> None:
    changed = session.execute(
        update(Event)
        .where(Event.seq == held.seq, Event.claim == held.claim, Event.status == Status.RUNNING)
        .values(
            {
                "reason": None,
                "next_action": None,
                "crashes": 0,
                "waits_for": None,
                "forced": False,
                "updated_at": db_now(),
            }
            | values
        )
        .returning(Event.seq)
    ).scalar_one_or_none()
    if changed is None:
        raise LeaseLost(held.id)
