"""The help desk's webhooks: a custom channel's messages, and what an administrator's rules send."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import ValidationError, fields

from service.intake import references
from service.intake.body import from_text, only
from service.intake.call_request import digest
from service.intake.fields import Flag, Id, Text, Tolerant, listed
from service.ledger.events import NewEvent
from service.ledger.life import Status

MESSAGE_NEW = "omnidesk.message_new"
CASE_CHANGED = "omnidesk.case_changed"

_LONGEST_NAME = 255


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


_MESSAGE = _Message()


def channel_event(body: dict[str, Any], raw: bytes, content_type: str) -> NewEvent:
    """The event of a custom channel's webhook. Raises `ValidationError` with the fields' names.

    The subject is the case: its customer may have others, so whose call request it is for its links to say.
    Only `message_new` was ever seen; anything else is recorded and has ended (FIELD-NOTES).
    """
    kind = str(body.get("type") or "").strip().lower()
    message = only(body.get("object", body if "case_id" in body else None))
    if not kind and message is None:
        raise ValidationError({"type": ["Missing: what happened, such as message_new."]})
    kind = kind or "message_new"
    if kind != "message_new":
        return NewEvent(
            source="omnidesk",
            type=f"omnidesk.{re.sub(r'[^a-z0-9_.]', '_', kind)[:40]}",
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
        data, unreadable = _MESSAGE.read(message)
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
