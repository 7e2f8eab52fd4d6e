"""The shapes of the API's questions and answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, pre_load, validate

from service.api.cursors import Cursor
from service.api.moments import GivenMoment, Moment
from service.api.standings import State
from service.ledger import waiting
from service.ledger.events import Filter
from service.ledger.life import Lane, Reason, Status

PAGE = 50
MOST = 200


def _plain(text: str) -> None:
    # PostgreSQL takes no NUL in a text.
    if "\x00" in text:
        raise ValidationError("Must not have NUL characters.")


def _text(description: str, *checks: Any) -> fields.String:
    return fields.String(
        load_default=None,
        validate=[_plain, validate.Length(max=200), *checks],
        metadata={"description": description},
    )


class _Query(Schema):
    @pre_load
    def drop_blanks(self, data: Mapping[str, str], **_: Any) -> dict[str, str]:
        """A parameter without a value, as forms send it, says nothing."""
        return {name: value for name, value in data.items() if value.strip()}


class _Paging(_Query):
    cursor = Cursor(
        load_default=None,
        metadata={"description": "`cursor` of the part before this one; without it the newest."},
    )
    limit = fields.Integer(load_default=PAGE, validate=validate.Range(1, MOST))


class AuditQuery(_Paging):
    """Which part of the audit."""


class FilterQuery(_Query):
    """What the events are narrowed by."""

    status = _text(
        "Where in its life the event is.",
        validate.OneOf(list(Status), error="{input} is not a status: use one of {choices}."),
    )
    source = _text("Which system it came from, such as cscart.")
    type = _text("What happened, such as call_request.created.")
    subject = _text("What it is about, such as cscart/1/call_request/57.")
    q = _text("A text to look for in the data, the message and the numbers at the vendors.")
    since = GivenMoment(load_default=None, metadata={"description": "Received at this time or later."})
    until = GivenMoment(load_default=None, metadata={"description": "Received before this time."})

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Any:
        """The filter in one piece, beside the paging."""
        names = Filter.__dataclass_fields__
        wanted = Filter(**{name: data[name] for name in names})
        rest = {name: value for name, value in data.items() if name not in names}
        return {"wanted": wanted, **rest}


class EventQuery(FilterQuery, _Paging):
    """Which events, and which part of them."""


class EventShape(Schema):
    """An event."""

    id = fields.String(attribute="event.id")
    source = fields.String(attribute="event.source")
    type = fields.String(attribute="event.type")
    subject = fields.String(attribute="event.subject")
    time = Moment(attribute="event.time", metadata={"description": "When it happened at the sender."})
    data = fields.Dict(attribute="event.data")
    status = fields.String(attribute="event.status", validate=validate.OneOf(list(Status)))
    reason = fields.String(
        allow_none=True,
        validate=validate.OneOf([*Reason, None]),
        metadata={"description": "Why it waits."},
    )
    message = fields.String(attribute="event.message", allow_none=True)
    next_action = fields.String(
        attribute="event.next_action",
        allow_none=True,
        metadata={"description": "What a person can do about it."},
    )
    not_before = Moment(
        attribute="event.not_before", metadata={"description": "When it is worked next, while it is open."}
    )
    blocked_by = fields.String(
        allow_none=True,
        metadata={"description": "The earlier open event of the same subject that it waits for."},
    )
    blocked_since = Moment(allow_none=True)
    skipped_at = Moment(
        attribute="event.skipped_at",
        allow_none=True,
        metadata={"description": "When it was set aside, so that later ones of its subject do not wait."},
    )
    waits_for = fields.Function(
        lambda shown: waiting.read(shown.event.waits_for),
        metadata={
            "type": "array",
            "items": {"type": "string"},
            "description": "The vendors that it waits for, the one that is due first in front.",
        },
    )
    failures = fields.Integer(attribute="event.failures")
    lane = fields.String(attribute="event.lane", validate=validate.OneOf(list(Lane)))
    replay_of = fields.String(attribute="event.replay_of", allow_none=True)
    received_at = Moment(attribute="event.received_at")
    updated_at = Moment(attribute="event.updated_at")
    ended_at = Moment(attribute="event.ended_at", allow_none=True)


class StepShape(Schema):
    """A step that has ended."""

    name = fields.String()
    status = fields.String()
    result = fields.Raw(allow_none=True)
    message = fields.String(allow_none=True)
    next_action = fields.String(allow_none=True)
    ended_at = Moment()


class CallShape(Schema):
    """One call to a vendor; without `ended_at` nobody knows whether it was done."""

    operation = fields.String()
    started_at = Moment()
    ended_at = Moment(allow_none=True)
    outcome = fields.String(allow_none=True)
    http_status = fields.Integer(allow_none=True)
    calls_left = fields.Integer(allow_none=True)
    message = fields.String(allow_none=True)


class AttemptShape(CallShape):
    """One call that was made for an event."""

    step = fields.String()
    vendor = fields.String()


class LinkShape(Schema):
    """What belongs to the subject in a vendor's system."""

    vendor = fields.String()
    kind = fields.String()
    external_id = fields.String()
    data = fields.Dict()


class DetailShape(EventShape):
    """An event with everything that was done for it."""

    steps = fields.List(fields.Nested(StepShape), attribute="event.steps")
    attempts = fields.List(fields.Nested(AttemptShape), attribute="event.attempts")
    links = fields.List(fields.Nested(LinkShape))
    blocker = fields.Nested(
        Schema.from_dict(
            {
                "id": fields.String(),
                "type": fields.String(),
                "status": fields.String(),
                "message": fields.String(allow_none=True),
                "received_at": Moment(),
            },
            name="BlockerShape",
        ),
        allow_none=True,
    )


class EventsShape(Schema):
    """A part of the list; `cursor` is null at its end."""

    events = fields.List(fields.Nested(EventShape))
    cursor = fields.String(allow_none=True)


class QuotaShape(Schema):
    """Calls left in the vendor's window when it last said so."""

    limit = fields.Integer(allow_none=True)
    left = fields.Integer(allow_none=True)
    seen_at = Moment(allow_none=True)
    window_seconds = fields.Integer(allow_none=True)


class VendorShape(Schema):
    """How a vendor stands."""

    name = fields.String()
    title = fields.String()
    state = fields.String(
        validate=validate.OneOf(list(State)),
        metadata={
            "description": "running; failing: breakers are open; limited: its quota is spent, or it asked to"
            " wait; denied: it refuses access; paused: by a person."
        },
    )
    until = Moment(
        allow_none=True,
        metadata={
            "description": "failing, denied: when it is tried next; limited: when it may be called again."
        },
    )
    breakers = fields.List(
        fields.Nested(
            Schema.from_dict({"operation": fields.String(), "until": Moment()}, name="BreakerShape")
        ),
        metadata={"description": "Operations that rest after failures; `*` for all of them."},
    )
    message = fields.String(allow_none=True)
    changed_by = fields.String(allow_none=True)
    changed_at = Moment(allow_none=True)
    quota = fields.Nested(QuotaShape)
    waiting = fields.Integer(metadata={"description": "Events that wait for this vendor."})
    last_attempt = fields.Nested(CallShape, allow_none=True)


class VendorsShape(Schema):
    vendors = fields.List(fields.Nested(VendorShape))


class VendorQuotaShape(QuotaShape):
    """A vendor's quota."""

    name = fields.String()
    title = fields.String()


class QuotasShape(Schema):
    quota = fields.List(fields.Nested(VendorQuotaShape))


class FailureShape(Schema):
    """Dead events that died of the same thing."""

    message = fields.String()
    next_action = fields.String(allow_none=True)
    count = fields.Integer()
    latest = Moment()
    examples = fields.Pluck(Schema.from_dict({"id": fields.String()}, name="ExampleShape"), "id", many=True)


class FailuresShape(Schema):
    failures = fields.List(fields.Nested(FailureShape))


class AuditEntryShape(Schema):
    """What somebody did."""

    at = Moment()
    actor = fields.String()
    action = fields.String()
    target = fields.String()
    details = fields.Dict()


class AuditShape(Schema):
    audit = fields.List(fields.Nested(AuditEntryShape))
    cursor = fields.String(allow_none=True)


class Correction(Schema):
    """The body of a replay; without `data` the event is replayed as it is."""

    data = fields.Dict(allow_none=True, metadata={"description": "What the sender should have sent, whole."})
