"""The help desk's webhooks: a custom channel's messages, and what an administrator's rules send."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import ValidationError, fields

from service.intake import references
from service.intake.body import from_text, only
from service.intake.call_request import digest
from service.intake.fields import Flag, Id, Text, Tolerant, listed
from service.ledger.clock import SECOND
from service.ledger.events import NewEvent
from service.ledger.life import Status

MESSAGE_NEW = "omnidesk.message_new"
CASE_CHANGED = "omnidesk.case_changed"

_LONGEST_NAME = 255

SAME_RULE_CALL = 2 * SECOND
"""Two equal rule webhooks within this time are one sent twice. Short, because the safest template has only
ids (FIELD-NOTES), the same for the next change: one carried twice costs a read, a lost one a customer."""


class _Attachments(fields.Field[list[str]]):
    def __init__(self) -> None:
        super().__init__(load_default=list, allow_none=True)

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return [] if value is None else super().deserialize(value, *args, **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> list[str]:
        """Their addresses, or else names; the rest is of no use to anybody outside the help desk."""
        given = from_text(value)
        if (isinstance(given, str) and given.strip()) or (
            isinstance(given, dict) and {"url", "file_name"} & given.keys()
        ):
            given = [given]
        found = [_name(one) for one in listed(given)]
        names = [one for one in found if one]
        if len(names) < len(found):
            raise ValidationError("Not every attachment has an address or a name.", valid_data=names)
        return names


def _name(attachment: Any) -> str:
    """Where an attachment is to be had, else what it is called; "" for neither."""
    given = attachment if isinstance(attachment, dict) else {"url": attachment}
    texts = [" ".join(one.split()) for one in map(given.get, ("url", "file_name")) if isinstance(one, str)]
    addresses = [one for one in texts if one.startswith(("https://", "http://"))]
    # A file is called something else than data:….
    names = [one for one in reversed(texts) if len(one) <= _LONGEST_NAME and not one.startswith("data:")]
    return next(iter(addresses + names), "")


class _MessageId(Id):
    """A message's own id, or the one that we gave it (`_stand_in`), which comes back with a replay."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        if isinstance(value, str) and re.fullmatch(r"d[0-9a-f]{12}", value):
            return value
        return super()._deserialize(value, *args, **kwargs)


class _Message(Tolerant):
    case_id = Id(required=True)
    message_id = _MessageId()
    staff_id = Id()
    user_id = Id()
    custom_user_id = Text()
    content = Text()
    content_html = Text()
    note = Flag()
    sent_via_rule = Flag()
    attachments = _Attachments()


def channel_event(body: dict[str, Any], raw: bytes, content_type: str) -> NewEvent:
    """The event of a custom channel's webhook. Raises `ValidationError` with the fields' names.

    The subject is the case: its customer may have others, so whose call request it is for its links to say.
    Only `message_new` was ever seen; anything else is recorded and has ended (FIELD-NOTES).
    """
    kind = str(body.get("type") or "").strip()
    message = only(body.get("object", body if "case_id" in body else None))
    if not kind and message is None:
        raise ValidationError({"type": ["Missing: what happened, such as message_new."]})
    kind = kind or "message_new"
    if kind != "message_new":
        return NewEvent(
            source="omnidesk",
            type=f"omnidesk.{re.sub(r'[^a-z0-9_.]', '_', kind.lower())[:40]}",
            subject="omnidesk/channel",
            dedupe_key=f"omnidesk/channel/{digest(raw)}",
            data={},
            raw=raw,
            content_type=content_type,
            status=Status.DONE,
            message="Recorded only: nothing is done for this type of webhook.",
        )
    if not isinstance(message, dict):
        raise ValidationError({"object": ["Missing: the message."]})
    try:
        data, unreadable = _Message().read(message)
    except ValidationError as error:
        raise ValidationError({"object": error.messages}) from None
    data["unreadable"] = unreadable
    data["message_id"] = data["message_id"] or _stand_in(raw)
    # A reply without a staff member was written by the customer, or by us in the customer's name.
    nobody = "staff_id" in message and not (
        data["staff_id"] or ("staff_id" in unreadable and message["staff_id"])
    )
    data["from_staff"] = not nobody
    return NewEvent(
        source="omnidesk",
        type=MESSAGE_NEW,
        subject=references.case_subject(data["case_id"]),
        dedupe_key=f"omnidesk/case/{data['case_id']}/message/{data['message_id']}",
        data=data,
        raw=raw,
        content_type=content_type,
    )


def _stand_in(raw: bytes) -> str:
    """For a message without an id of its own: it is told from others by what it says, and marked by that."""
    return f"d{digest(raw)[:12]}"


def rule_event(
    body: dict[str, Any] | None, query: dict[str, Any], raw: bytes, content_type: str, now: int
) -> NewEvent:
    """The event of a rule's webhook, whose template is the administrator's own. `now` in ms.

    `body` is None when a text inside the template broke it; the case's number is then looked for in the raw
    body. Without any number it is the test that Omnidesk sends when a webhook is connected (FIELD-NOTES).
    """
    values = query | (body or {})
    case_id = _number(values.get("case_id")) or _number_in(raw, "case_id")
    message_id = _number(values.get("last_message_id")) or _number_in(raw, "last_message_id")
    fingerprint = digest(repr(sorted(query)).encode() + raw)
    if case_id is None:
        return NewEvent(
            source="omnidesk",
            type="omnidesk.rule_test",
            subject="omnidesk/rule",
            dedupe_key=f"omnidesk/rule/{fingerprint}",
            data={},
            raw=raw,
            content_type=content_type,
            status=Status.DONE,
            message="Recorded only: a rule's webhook without case_id is a test of the connection.",
        )
    # A case that is closed after its last message is told of with that message's number once more: only a
    # quick repeat of the same body counts as the same delivery.
    happened = f"{fingerprint}/{now // SAME_RULE_CALL}"
    event_type, case_status = values.get("event_type"), values.get("case_status")
    return NewEvent(
        source="omnidesk",
        type=CASE_CHANGED,
        subject=references.case_subject(case_id),
        dedupe_key=f"omnidesk/case/{case_id}/changed/{happened}",
        data={
            "case_id": case_id,
            "last_message_id": message_id,
            "event_type": event_type if isinstance(event_type, str) else "",
            "case_status": case_status.strip()[:80] if isinstance(case_status, str) else "",
        },
        raw=raw,
        content_type=content_type,
        recurs=True,
    )


def _number(value: Any) -> str | None:
    text = str(value).strip() if isinstance(value, (str, int)) else ""
    return text if re.fullmatch(r"[1-9][0-9]{0,17}", text) else None


def _number_in(raw: bytes, name: str) -> str | None:
    """As a key of JSON before anything else: a customer's text may speak of another case."""
    key, number = re.escape(name.encode()), rb"([1-9][0-9]{0,17})(?![\w-])"
    match = re.search(rb'"' + key + rb'"\s*:\s*"?' + number, raw) or re.search(
        rb"\b" + key + rb"\b[\s\"'\\]*[:=][\s\"'\\]*" + number, raw
    )
    return match[1].decode() if match else None
