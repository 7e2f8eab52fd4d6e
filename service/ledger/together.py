"""Requests of one customer that are one call: which of them was there first.

A link of the kind `customer` says who asked (`external_id`), when (`at`, seconds since 1970, by the store's
own row) and, of one that joined another, which (`with`). What is decided stands in the ledger before anything
is done at a vendor, so that of two requests that are worked at the same moment one goes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.ledger import record
from service.ledger.life import OPEN
from service.ledger.tables import Event, Link

CUSTOMER = "customer"
"""The kind of link that says which customer a request is of."""

_VENDOR = "cscart"
# Of one customer, within minutes; what is more than that is a robot.
_MOST = 100


def join(session: Session, subject: str, customer: str, at: int | None, within: int) -> str:
    """The request that `subject` is one call with, or "" for none; decided once.

    `within` seconds of each other, 0 for never. The session must be the ledger's exclusive one.
    """
    own = _link(session, subject)
    if own is not None and "at" in own.data:
        return _first(session, subject)
    first = _earlier(session, subject, customer, at, within) if at is not None and within else ""
    record.link(session, subject, _VENDOR, CUSTOMER, customer, {"at": at, "with": first})
    return first


def leave(session: Session, subject: str) -> None:
    """The request is a call by itself after all."""
    _set(session, subject, "")


def take_over(session: Session, subject: str, first: str) -> None:
    """`subject` goes first from now on, and `first`, which came to nothing, joins it if it is tried again."""
    _set(session, subject, "")
    _set(session, first, subject)


def others(session: Session, subject: str) -> list[str]:
    """The requests that are one call with `subject`."""
    own = _link(session, subject)
    if own is None:
        return []
    first = _first(session, subject) or subject
    links = session.scalars(_of_customer(own.external_id))
    together = [one.subject for one in links if first in {one.subject, _first(session, one.subject)}]
    return [one for one in together if one != subject]


def is_under_way(session: Session, subject: str, kind: str) -> bool:
    """Is an event of that type about the subject still going to be worked by itself?"""
    found = select(Event.seq).where(
        Event.subject == subject, Event.type == kind, Event.status.in_(OPEN), Event.skipped_at.is_(None)
    )
    return bool(session.scalar(select(found.exists())))


def _earlier(session: Session, subject: str, customer: str, at: int, within: int) -> str:
    """The latest to be known, which one that was left because it had ended is not."""
    for one in session.scalars(_of_customer(customer)):
        then = one.data.get("at")
        free = one.subject != subject and not one.data.get("with")
        if free and then is not None and abs(at - then) <= within:
            return str(one.subject)
    return ""


def _of_customer(customer: str) -> Any:
    return (
        select(Link)
        .where(Link.vendor == _VENDOR, Link.kind == CUSTOMER, Link.external_id == customer)
        .order_by(Link.id.desc())
        .limit(_MOST)
    )


def _first(session: Session, subject: str) -> str:
    """Whom the subject joined, and whoever has taken that one's place; "" for one that goes by itself."""
    first = subject
    for _ in range(_MOST):
        link = _link(session, first)
        following = str(link.data.get("with") or "") if link else ""
        if not following:
            break
        first = following
    return "" if first == subject else first


def _link(session: Session, subject: str) -> Link | None:
    return record.linked(session, subject, _VENDOR, CUSTOMER)


def _set(session: Session, subject: str, first: str) -> None:
    if link := _link(session, subject):
        data: Mapping[str, Any] = link.data
        record.link(session, subject, _VENDOR, CUSTOMER, link.external_id, {**data, "with": first})
