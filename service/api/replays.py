"""Makes the new event of a replay: as it was, corrected by a person, or parsed again from its raw body."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from typing import Any

from marshmallow import ValidationError
from sqlalchemy.orm import Session

from service.intake import body as bodies
from service.intake import call_request, identity, omnidesk, references, rules
from service.intake.body import NotReadable
from service.ledger.events import NewEvent
from service.ledger.life import Lane, Status
from service.ledger.operators import as_replay
from service.ledger.tables import Event


def build(event: Event, corrected: dict[str, Any] | None) -> NewEvent:
    """The event to record. Raises `ValidationError` with the names of the fields that are wrong.

    `corrected` is what the sender should have sent; for an event that was worked before, its `data` will do.
    """
    key = _fresh_key(event)
    if corrected is None and event.status != Status.REJECTED:
        return as_replay(event, event.data, key)
    if corrected is None:
        raw, label, content = event.raw, event.content_type, _read_again(event)
    else:
        raw, label, content = (
            json.dumps(corrected, ensure_ascii=False).encode(),
            "application/json",
            corrected,
        )
    new = _parse(event, content, raw, label)
    return replace(new, dedupe_key=key, lane=Lane.INTERACTIVE, replay_of=event.id)


def placed(session: Session, event: Event, new: NewEvent) -> NewEvent:
    """The replay under the subject that it really is about.

    What does not tell when its request was made stays where the event was: it need not mean the newest one.
    """
    request = references.split(event.subject)
    if request and request == references.split(new.subject) and not new.data.get("timestamp"):
        return replace(new, subject=event.subject)
    return identity.settled(session, new)


def _fresh_key(event: Event) -> str:
    # Replays of replays begin from the same part: the column has an end.
    return f"{event.dedupe_key.partition('/replay/')[0]}/replay/{uuid.uuid4()}"


def _read_again(event: Event) -> dict[str, Any]:
    try:
        return bodies.read_any(event.raw, once=event.type == omnidesk.CASE_CHANGED)
    except NotReadable as error:
        raise ValidationError({"body": [str(error)]}) from None


def _parse(event: Event, content: dict[str, Any], raw: bytes, label: str) -> NewEvent:
    if event.source == "cscart":
        return _call_request(event, content, raw, label)
    if event.source == "omnidesk" and event.type == omnidesk.CASE_CHANGED:
        return _case_changed(content, raw, label)
    if event.source == "omnidesk":
        # The message alone, as the event's data has it, or the whole webhook.
        whole = (
            content
            if "object" in content or "type" in content
            else {
                "type": "message_new",
                "object": content,
            }
        )
        return omnidesk.channel_event(whole, raw, label)
    return replace(as_replay(event, content, event.dedupe_key), raw=raw, content_type=label)


def _call_request(event: Event, content: dict[str, Any], raw: bytes, label: str) -> NewEvent:
    delivery = call_request.open_envelope(content)
    if delivery.row is content and event.type in call_request.TYPES:
        delivery = replace(delivery, type=event.type)
    new = call_request.to_event(delivery, raw, label)
    for name in ("notes", "phone"):
        # The event's own data, corrected: an empty text in it may be one that the store had never told.
        if content.get(f"{name}_known") is False:
            new.data[f"{name}_known"] = bool(new.data[name])
    return new


def _case_changed(content: dict[str, Any], raw: bytes, label: str) -> NewEvent:
    # The time only tells one delivery from the next, and a replay has a key of its own.
    new = rules.rule_event(content, {}, raw, label, now=0)
    if new.type != omnidesk.CASE_CHANGED or new.status == Status.REJECTED:
        raise ValidationError({"case_id": ["Must be a number such as 57."]})
    return new
