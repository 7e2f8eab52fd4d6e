"""What every webhook has in common: how the body is taken, how it is answered, how it is refused."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, jsonify, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema, ValidationError
from marshmallow import fields as shapes
from sqlalchemy.exc import DataError

from service.edge import content
from service.edge.framing import Refused
from service.intake.body import NotReadable
from service.intake.receive import Intake
from service.ledger.database import refused_fields
from service.ledger.events import NewEvent
from service.problem import Problem, sentences


class Accepted(Schema):
    """The answer to every accepted webhook."""

    result = shapes.Constant("ok")
    event_id = shapes.String(metadata={"description": "The event's id; the same for a duplicate."})
    duplicate = shapes.Boolean(metadata={"description": "An earlier delivery had brought it already."})


_ACCEPTED = Accepted()


def check_token(given: str, expected: Sequence[str]) -> None:
    """Refuse a token in the address that is none of those expected, as if there were nothing there."""
    # All are compared: the time tells nothing of which one is near.
    same = [hmac.compare_digest(given.encode(), one.encode()) for one in expected]
    if not any(same):
        raise Problem(404, "There is no webhook at this address: check the token at its end.")


@dataclass(frozen=True)
class Taken:
    """A body as it came, and unpacked; `fault` says why it could not be."""

    wire: bytes
    plain: bytes
    fault: Refused | None = None


def take_body() -> Taken:
    """The body's bytes, before anything touches the form."""
    wire = request.get_data(cache=False, parse_form_data=False)
    try:
        packing = request.headers.get("Content-Encoding", "")
        return Taken(wire, content.plain(wire, packing, request.content_type or ""))
    except Refused as fault:
        return Taken(wire, wire, fault)


def accept(source: str, body: Taken, status: int, build: Callable[[], NewEvent]) -> ResponseReturnValue:
    """Build the event from the authentic body, record it and answer.

    An authentic body is never thrown away: one that cannot be unpacked or read (400, 413, 415) or is not
    valid (422) is recorded as rejected, with the fields named.
    """
    intake: Intake = current_app.extensions["intake"]
    label, raw = request.content_type or "", body.plain
    if body.fault is not None:
        kept = intake.reject(source, raw, label, body.fault.detail, {})
        raise Problem(body.fault.status, body.fault.detail, event_id=kept.event_id)
    new: NewEvent | None = None
    try:
        new = build()
        recorded = intake.receive(new)
    except NotReadable as error:
        kept = intake.reject(source, raw, label, str(error), {})
        raise Problem(400, str(error), event_id=kept.event_id) from None
    except (DataError, OverflowError, UnicodeEncodeError) as error:
        fields = refused_fields(error, new.data if new else None)
        detail = f"The database refuses {', '.join(fields) or 'a value'} of this."
        kept = intake.reject(source, raw, label, detail, {name: ["Cannot be kept."] for name in fields})
        raise Problem(422, detail, event_id=kept.event_id) from None
    except ValidationError as error:
        messages: Any = error.messages
        detail = "Not valid: " + "; ".join(sentences(messages))
        kept = intake.reject(source, raw, label, detail, messages)
        raise Problem(422, detail, fields=messages, event_id=kept.event_id) from None
    return jsonify(_ACCEPTED.dump(vars(recorded))), status
