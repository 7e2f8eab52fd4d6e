"""What operators ask of the ledger: the API and the dashboard show the same answers."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.ledger import events
from service.ledger.events import Filter
from service.ledger.life import Reason, Status
from service.ledger.tables import AuditEntry, Event, Link

# How many examples a group of failures names.
EXAMPLES = 3
# Groups beyond this are too many to act on one by one.
MOST_GROUPS = 100


@dataclass(frozen=True)
class Standing:
    """An event, and the earlier open event of its subject that it waits for, if there is one."""

    event: Event
    blocker: Event | None = None

    @property
    def reason(self) -> str | None:
        """Why it waits; one that waits its turn may have any status that is not running."""
        return Reason.ORDER if self.blocker else self.event.reason

    @property
    def blocked_by(self) -> str | None:
        return self.blocker.id if self.blocker else None

    @property
    def blocked_since(self) -> int | None:
        return self.event.received_at if self.blocker else None


@dataclass(frozen=True)
class Detail(Standing):
    """One event with the things at the vendors that belong to its subject."""

    links: Sequence[Link] = ()


@dataclass(frozen=True)
class Listing:
    """A part of the events, newest first; `position` is where the next part begins."""

    events: list[Standing]
    position: str | None


@dataclass(frozen=True)
class Example:
    """One event of a group."""

    id: str
    subject: str


@dataclass(frozen=True)
class Failure:
    """Dead events that died with the same message."""

    message: str
    next_action: str | None
    count: int
    latest: int
    examples: list[Example]


def listing(session: Session, wanted: Filter, position: int | None, limit: int) -> Listing:
    """The events that `wanted` lets through, `limit` of them, older than `position`."""
    page = events.page(session, wanted, position, limit)
    return Listing(_standing(session, page.events), page.cursor)


def _standing(session: Session, found: Sequence[Event]) -> list[Standing]:
    # One that runs waits for nothing, even if an earlier one was retried meanwhile.
    blockers = events.blockers(session, [one for one in found if one.status != Status.RUNNING])
    return [Standing(one, blockers.get(one.seq)) for one in found]


def find(session: Session, event_id: str) -> Event | None:
    """The event with its steps and attempts; None when there is none, or when that is no id."""
    try:
        return events.get(session, str(uuid.UUID(event_id)))
    except ValueError:
        return None


def detail(session: Session, event_id: str) -> Detail | None:
    """Everything about one event."""
    event = find(session, event_id)
    if event is None:
        return None
    links = session.scalars(select(Link).where(Link.subject == event.subject).order_by(Link.id)).all()
    [standing] = _standing(session, [event])
    return Detail(event, standing.blocker, links)


def failures(session: Session) -> list[Failure]:
    """Dead events in groups, the largest first."""
    groups = session.execute(
        select(Event.message, Event.next_action, func.count(), func.max(Event.updated_at))
        .where(Event.status == Status.DEAD)
        .group_by(Event.message, Event.next_action)
        .order_by(func.count().desc(), func.max(Event.updated_at).desc())
        .limit(MOST_GROUPS)
    ).all()
    newest_first = func.row_number().over(
        partition_by=(Event.message, Event.next_action), order_by=Event.seq.desc()
    )
    ranked = (
        select(Event.id, Event.subject, Event.message, Event.next_action, newest_first.label("rank"))
        .where(Event.status == Status.DEAD)
        .subquery()
    )
    examples: dict[tuple[str | None, str | None], list[Example]] = {}
    for event_id, subject, message, action in session.execute(
        select(ranked.c.id, ranked.c.subject, ranked.c.message, ranked.c.next_action)
        .where(ranked.c.rank <= EXAMPLES)
        .order_by(ranked.c.rank)
    ):
        examples.setdefault((message, action), []).append(Example(event_id, subject))
    return [
        Failure(message or "", action, number, latest, examples.get((message, action), []))
        for message, action, number, latest in groups
    ]


def audit_page(session: Session, position: int | None, limit: int) -> tuple[Sequence[AuditEntry], int | None]:
    """What people did, newest first, and where the next part begins."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit + 1)
    if position is not None:
        query = query.where(AuditEntry.id < position)
    found = session.scalars(query).all()
    return found[:limit], found[limit - 1].id if len(found) > limit else None
