"""What an administrator's rules in the help desk send: the template is theirs, and may be anything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from service.intake import broken, charset, references
from service.intake.call_request import digest
from service.intake.fields import plain_text
from service.intake.omnidesk import CASE_CHANGED
from service.ledger.clock import SECOND
from service.ledger.events import NewEvent
from service.ledger.life import Status

SAME_RULE_CALL = 2 * SECOND
"""Two equal rule webhooks within this time are one sent twice. Short, because the safest template has only
ids (FIELD-NOTES), the same for the next change: one carried twice costs a read, a lost one a customer."""

# Where the number that people see may stand in the place of the id, and how it is written: 2001, #2001,
# 300-200057.
_ID_NAMES = ("caseid",)
_NUMBER_NAMES = ("casenumber",)
_NUMBER = re.compile(r"[#№]?\s?((?!0)[0-9]{1,18}(?:-[0-9]{1,18})?)")
_ID = re.compile(r"[1-9][0-9]{0,17}")
_DEEPEST = 5


def rule_event(
    body: dict[str, Any] | None, query: dict[str, Any], raw: bytes, content_type: str, now: int
) -> NewEvent:
    """The event of a rule's webhook. `now` in ms.

    `body` is None when a text inside the template broke it: then only what surely is no part of that text is
    read of it. Without a field for the case it is the test that Omnidesk sends when a webhook is connected
    (FIELD-NOTES); with one that holds no number the template is wrong, and that is seen.
    """
    given = broken.fields(charset.text(raw)) if body is None else body
    values = dict(_flat(query)) | dict(_flat(given))
    fingerprint = digest(json.dumps(query, sort_keys=True).encode() + raw)
    case_id, number = _case(values)
    if case_id is None and number is None:
        return _without_case(body, values, fingerprint, raw, content_type)
    # A case that is closed after its last message is told of with that message's number once more: only a
    # quick repeat of the same body counts as the same delivery.
    happened = f"{fingerprint}/{now // SAME_RULE_CALL}"
    subject = references.case_subject(case_id) if case_id else references.case_number_subject(number or "")
    return NewEvent(
        source="omnidesk",
        type=CASE_CHANGED,
        subject=subject,
        dedupe_key=f"{subject}/changed/{happened}",
        data={
            "case_id": case_id,
            "case_number": number,
            "last_message_id": _id(values.get("lastmessageid")),
            "event_type": _text(values, "eventtype"),
            "case_status": _text(values, "casestatus")[:80],
        },
        raw=raw,
        content_type=content_type,
        recurs=True,
    )


def _without_case(
    body: dict[str, Any] | None, values: Mapping[str, Any], fingerprint: str, raw: bytes, content_type: str
) -> NewEvent:
    named = [name for name in (*_ID_NAMES, *_NUMBER_NAMES) if name in values]
    facts: dict[str, Any] = {"source": "omnidesk", "raw": raw, "content_type": content_type}
    if named or (body is None and re.search(rb"(?i)case[_-]?(id|number)", raw)):
        field = "case_number" if named and named[0] in _NUMBER_NAMES else "case_id"
        what = "holds no number" if named else "could not be found: the template's JSON is broken by a text"
        return NewEvent(
            type=CASE_CHANGED,
            subject="omnidesk/rule",
            dedupe_key=f"omnidesk/rule/invalid/{fingerprint}",
            data={"fields": {field: ["Must be the case's id or number."]}},
            status=Status.REJECTED,
            message=f"A rule's webhook whose {field} {what}.",
            next_action=(
                'Mend the rule\'s template in Omnidesk: "case_id": "[case_id]", before any text of people;'
                " the variable must be one that Omnidesk fills in."
            ),
            **facts,
        )
    return NewEvent(
        type="omnidesk.rule_test",
        subject="omnidesk/rule",
        dedupe_key=f"omnidesk/rule/{fingerprint}",
        data={},
        status=Status.DONE,
        message="Recorded only: a rule's webhook without case_id is a test of the connection.",
        **facts,
    )


def _case(values: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The case's id, or else its number."""
    texts = [plain_text(values[name]) or "" for name in (*_ID_NAMES, *_NUMBER_NAMES) if name in values]
    if _ID_NAMES[0] in values and (found := _id(values[_ID_NAMES[0]])):
        return found, None
    return None, next((match[1] for text in texts if (match := _NUMBER.fullmatch(text))), None)


def _id(value: Any) -> str | None:
    text = plain_text(value) or ""
    return text if _ID.fullmatch(text) else None


def _text(values: Mapping[str, Any], name: str) -> str:
    return plain_text(values.get(name)) or ""


def _flat(given: Mapping[str, Any], inside: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Names without their dashes and capitals, and values; inner ones first, so that outer ones hold.

    What stands in a `case` is also known by the whole name: `case.id` as `caseid`.
    """
    for name, value in given.items():
        if isinstance(value, dict) and depth < _DEEPEST:
            yield from _flat(value, _plain(name), depth + 1)
    for name, value in given.items():
        if not isinstance(value, dict):
            if inside == "case":
                yield f"case{_plain(name)}", value
            yield _plain(name), value


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", str(name)).lower()
