"""What every webhook has in common: how the body is taken, how it is answered, how it is refused."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

from flask import current_app, jsonify, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema, ValidationError, fields

from service.intake.body import NotReadable
from service.intake.receive import Intake
from service.ledger.events import NewEvent
from service.problem import Problem, sentences


class Accepted(Schema):
    """The answer to every accepted webhook."""

    result = fields.Constant("ok")
    event_id = fields.String(metadata={"description": "The event's id; the same for a duplicate."})
    duplicate = fields.Boolean(metadata={"description": "An earlier delivery had brought it already."})


def check_token(given: str, expected: str | None) -> None:
    """Refuse a token in the address as if there were nothing there."""
    if expected is None or not hmac.compare_digest(given.encode(), expected.encode()):
        raise Problem(404, "There is no webhook at this address: check the token at its end.")


def take_body() -> bytes:
    """The body's bytes as they came, before anything touches the form."""
    if request.content_encoding:
        raise Problem(415, "Send the body without Content-Encoding.")
    if request.mimetype.startswith("multipart/"):
        raise Problem(415, "Send JSON or form-urlencoded fields, not multipart.")
    return request.get_data(cache=False, parse_form_data=False)


def accept(source: str, raw: bytes, status: int, build: Callable[[], NewEvent]) -> ResponseReturnValue:
    """Build the event from the authentic body `raw`, record it and answer.

    An authentic body is never thrown away: one that cannot be read (400) or is not valid (422) is recorded as
    rejected, with the fields named.
    """
    intake: Intake = current_app.extensions["intake"]
    label = request.content_type or ""
    try:
        recorded = intake.receive(build())
    except NotReadable as error:
        kept = intake.reject(source, raw, label, str(error), {})
        raise Problem(400, str(error), event_id=kept.event_id) from None
    except ValidationError as error:
        messages: Any = error.messages
        detail = "Not valid: " + "; ".join(sentences(messages))
        kept = intake.reject(source, raw, label, detail, messages)
        raise Problem(422, detail, fields=messages, event_id=kept.event_id) from None
    return jsonify(Accepted().dump(vars(recorded))), status
