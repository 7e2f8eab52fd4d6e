"""Says which thing an event is about, by what the ledger knows: the sender may not know it, or tell it wrong.

A store that was restored from a backup gives its ids out again. A request is therefore told from another by
its id and the time that it was made: the first one that came has the plain subject, each later one its time
besides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy.orm import Session

from service.intake import references
from service.intake.call_request import CREATED, TYPES
from service.ledger import record
from service.ledger.events import NewEvent
from service.ledger.sql import JSON_TYPE, Statement

REQUEST = "request"
"""The kind of link that says whose request the store's id is, and when that was made."""

Known = list[tuple[str, int | None]]
"""Subjects of one request id, the newest first, and when each was made, in s; None where nobody knows."""


def settled(session: Session, new: NewEvent) -> NewEvent:
    """`new` under the subject that it really is about; a request's own event makes that known.

    Cases that we opened belong to their request. A callback that does not say of which store it is is about
    the request that is known by its id.
    """
    if new.source == "cscart" and new.type in TYPES:
        return _of_request(session, new)
    case_id = new.data.get("case_id")
    if case_id is None or new.subject != references.case_subject(case_id):
        return new
    # The customer's id says no more than who asked, except in cases of former releases.
    subject = record.subject_of(session, "omnidesk", "case", case_id) or references.subject_of_user_custom_id(
        new.data.get("custom_user_id", "")
    )
    return _moved(new, subject or new.subject)


def choose(known: Known, subject: str, made: int | None) -> str:
    """Which of the known requests it is that was made at `made`; `subject` or a later one of it when none is.

    Pure.
    """
    if not known:
        return subject
    if made is None:
        return known[0][0]
    for wanted in (made, None):
        for one, at in known:
            if at == wanted:
                return one
    return references.later_request(subject, made)


def made_at(session: Session, subject: str) -> int | None:
    """When the request of the subject was made, in s; None where nobody has told."""
    if at := references.made_at(subject):
        return at
    link = record.linked(session, subject, "cscart", REQUEST)
    told: int | None = link.data.get("made") if link else None
    return told or _made(session, [subject]).get(subject)


def _of_request(session: Session, new: NewEvent) -> NewEvent:
    made = new.data.get("timestamp")
    known = _known(session, new.subject, new.data["request_id"])
    subject = choose(known, new.subject, made)
    told = new.type == CREATED and new.data.get("company_id") is not None
    if told and (subject, made or None) not in known:
        at = made or dict(known).get(subject)
        record.link(session, subject, "cscart", REQUEST, new.data["request_id"], {"made": at})
    return _moved(new, subject)


_LINKS = Statement(
    """
    SELECT subject, kind, data FROM links
    WHERE vendor = 'cscart' AND kind IN ('request', 'known') AND external_id = :request_id ORDER BY id DESC
    """,
    columns={"data": JSON_TYPE},
)
_EVENTS = Statement(
    "SELECT dedupe_key, data FROM events WHERE dedupe_key IN :keys",
    many=["keys"],
    columns={"data": JSON_TYPE},
)


def _known(session: Session, subject: str, request_id: str) -> Known:
    found: dict[str, int | None] = {}
    for one, kind, data in _LINKS.run(session, {"request_id": request_id}).tuples():
        at = references.made_at(one) or (data.get("made") if kind == REQUEST else None)
        found[one] = found.get(one) or at
    # Requests of before such links were written, and those whose store is not known yet.
    events = _made(session, (one for one in (*found, subject) if not found.get(one)))
    return [(one, at or events.get(one)) for one, at in found.items()] + [
        (one, at) for one, at in events.items() if one not in found
    ]


def _made(session: Session, subjects: Iterable[str]) -> dict[str, int | None]:
    keys = {f"{one}/created": one for one in subjects}
    rows = _EVENTS.run(session, {"keys": list(keys)}).tuples() if keys else ()
    return {keys[key]: data.get("timestamp") for key, data in rows}


def _moved(new: NewEvent, subject: str) -> NewEvent:
    if subject == new.subject:
        return new
    key = new.dedupe_key.replace(f"{new.subject}/", f"{subject}/", 1)
    return replace(new, subject=subject, dedupe_key=key)
