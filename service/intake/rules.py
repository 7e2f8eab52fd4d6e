"""What an administrator's rules in the help desk send: the template is theirs, and may be anything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from service.intake import broken, charset, references
from service.intake.call_request import digest
from service.intake.fields import plain_text, whole
from service.intake.omnidesk import CASE_CHANGED
from service.ledger.clock import SECOND
from service.ledger.events import NewEvent
from service.ledger.life import Status

SAME_RULE_CALL = 2 * SECOND
"""Two equal rule webhooks within this time are one sent twice. Short, because the safest template has only
ids (FIELD-NOTES), the same for the next change: one carried twice costs a read, a lost one a customer."""

# Where the case may stand, or the number that people see in the place of its id, and how that is written:
# 2001, #2001, 300-200057.
_ID_NAMES = ("caseid", "case")
_NUMBER_NAMES = ("casenumber",)
_NUMBER = re.compile(r"(?:[#№]|N[o°]?\.?)?\s?((?!0)[0-9]{1,18}(?:-[0-9]{1,18})?)")
_DEEPEST = 5


def rule_event(
    body: dict[str, Any] | None, query: dict[str, Any], raw: bytes, content_type: str, now: int
) -> NewEvent:
    """The event of a rule's webhook. `now` in ms.

    `body` is None when a text inside the template broke it: then only what surely is no part of that text is
    read of it. Without a field for the case it is the test that Omnidesk sends when a webhook is connected
    (FIELD-NOTES); with one that holds no number the template is wrong, and that is seen.
    """
    given = _surely_own(*broken.fields(charset.text(raw))) if body is None else body
    told = [*_flat(query), *_flat(given)]
    values = dict(told)
    fingerprint = digest(json.dumps(query, sort_keys=True).encode() + raw)
    case_id, number = _case(told)
    if case_id is None and number is None:
        return _without_case(values, fingerprint, raw, content_type)
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


def _without_case(values: Mapping[str, Any], fingerprint: str, raw: bytes, content_type: str) -> NewEvent:
    named = [name for name in (*_ID_NAMES, *_NUMBER_NAMES) if name in values]
    facts: dict[str, Any] = {"source": "omnidesk", "raw": raw, "content_type": content_type}
    if named or re.search(rb"(?i)case[_-]?(id|number)", raw):
        field = "case_number" if named and named[0] in _NUMBER_NAMES else "case_id"
        what = "holds no number of one case" if named else "could not be found in it"
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


def _surely_own(before: Mapping[str, str], behind: Mapping[str, str]) -> dict[str, str]:
    """The fields of a broken body without those of a case that a text may have been made to look like.

    Nothing can stand in front of the first field. Else an id on one side of the text and a number on the
    other may be of two cases, and nobody knows which of them is the template's.
    """
    if _kind(next(iter(before), "")):
        return {**{name: value for name, value in behind.items() if not _kind(name)}, **before}
    sides = [{_kind(name) for name in side} - {None} for side in (before, behind)]
    found = {**before, **behind}
    if all(sides) and sides[0] != sides[1]:
        return {name: "" if _kind(name) else value for name, value in found.items()}
    return found


def _kind(name: str) -> tuple[str, ...] | None:
    return next((names for names in (_ID_NAMES, _NUMBER_NAMES) if _plain(name) in names), None)


def _case(told: Sequence[tuple[str, Any]]) -> tuple[str | None, str | None]:
    """The case's id, or else its number; neither where two are told, for one is a customer's text."""
    ids = {found for name, value in told if name in _ID_NAMES and (found := _id(value))}
    numbers = {found for name, value in told if name in _NUMBER_NAMES and (found := _number(value))}
    # What people see may stand where the id belongs.
    numbers = numbers or {found for name, value in told if name in _ID_NAMES and (found := _number(value))}
    if ids:
        return (ids.pop(), None) if len(ids) == 1 else (None, None)
    return None, numbers.pop() if len(numbers) == 1 else None


def _id(value: Any) -> str | None:
    found = whole(value)
    return found if found != "0" else None


def _number(value: Any) -> str | None:
    """`664-245651` or `2001` from the usual writings: `#2001`, `№ 2001`, with another dash or in brackets."""
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", plain_text(value) or "").strip(" []()")
    match = _NUMBER.fullmatch(text)
    return match[1] if match else None


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
        if isinstance(value, dict) and _plain(name) == "caseid":
            # There, and of no use.
            yield "caseid", ""
        elif not isinstance(value, dict):
            if inside == "case":
                yield f"case{_plain(name)}", value
            yield _plain(name), value


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", str(name)).lower()
