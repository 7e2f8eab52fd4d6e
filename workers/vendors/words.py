"""A vendor's own words for what went wrong, out of whatever shape they come in. No I/O.

Omnidesk says `{"error": "…"}`, CS-Cart `{"message": "…", "status": 400}`; what Obzvonilka says is not public.
Any of them may come with a status of 200 (FIELD-NOTES, errors).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workers.vendors import replies, tables
from workers.vendors.received import flag, whole

if TYPE_CHECKING:
    from workers.vendors.operation import Operation

# What is kept of a vendor's own error text.
LONGEST_CODE = 200
MOST_FIELDS = 20

_TEXTS = ("error", "error_code", "code", "message", "error_message", "error_description", "detail", "msg")
_FAILED = {"error", "err", "fail", "failed", "failure"}
_FINE = {"ok", "success", "no error"}
# Names that a refusal may have as well as a record: they do not show that there is one.
_OF_BOTH = {*_TEXTS, "errors", "status", "success", "ok", "result"}

# What the words stand for when the HTTP status does not say it. The first that fits counts.
_MEANINGS = (
    (429, r"rate.?limit|too.?many.?requests|\blimit_exceeded|(api|calls?|requests?).?limit|throttl"),
    (401, r"api.?key|unauthori[sz]ed|not authori[sz]ed|authentication|incorrect_user_email"),
    (403, r"staff_has_not_access|staff_not_active|access.?denied|no access|forbidden|permission"),
    (404, r"not.?found|does.?n.t exist|does not exist|no such|не найден|не существует"),
    (503, r"temporar|try again|maintenance|unavailable|internal|server.?error|time.?d?.?out|overload"),
)
# A status that no vendor's `gone` has, for a refusal that is none of these.
_REFUSED = 422


@dataclass(frozen=True)
class Words:
    """`code` is the error's code, or its text where it has none; `status` the HTTP status it names."""

    code: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    status: int | None = None

    @property
    def said(self) -> str:
        """For a sentence: the code, or what is said of the fields."""
        return self.code or "; ".join(f"{name} {text}" for name, text in self.fields.items())


def read(data: Any) -> Words:
    """The words in an answer's JSON; empty ones where there is nothing of the kind."""
    if isinstance(data, list):
        data = data[0] if data else None
    if not isinstance(data, Mapping):
        return Words()
    if len(data) == 1 and isinstance(only := next(iter(data.values())), Mapping) and "error" in only:
        data = only
    errors = data.get("errors")
    fields = {
        str(name): _text(words)
        for name, words in (list(errors.items())[:MOST_FIELDS] if isinstance(errors, Mapping) else ())
    }
    inner = data.get("error")
    if isinstance(inner, list) and inner:
        inner = inner[0]
    if isinstance(inner, Mapping):
        found = read(inner)
        return Words(found.code, fields or found.fields, found.status or _status(data))
    code = next((_without_people(text) for key in _TEXTS if (text := _code(data.get(key)))), "")
    if not code and isinstance(inner, str):
        code = _code(inner)
    if not code and isinstance(errors, list) and errors:
        code = read(errors[0]).code if isinstance(errors[0], Mapping) else _text(errors[0])
    if not code and isinstance(errors, str):
        code = _without_people(errors)
    return Words(code, fields, _status(data))


def refused(operation: Operation, data: Any) -> bool:
    """Is a good status' answer a refusal all the same? It says so, and what was asked for is not in it."""
    said = data[0] if isinstance(data, list) and len(data) == 1 else data
    if not isinstance(said, Mapping):
        return False
    inner = said.get(operation.answer_root or operation.root)
    failed = _says_so(said) or (isinstance(inner, Mapping) and _holds(inner.get("error")))
    return failed and not _holds_record(operation, data)


def meaning(words: Words) -> int:
    """The HTTP status that a refusal should have had."""
    if words.status:
        return words.status
    said = words.said.lower()
    return next((status for status, pattern in _MEANINGS if re.search(pattern, said)), _REFUSED)


def is_quota(words: Words) -> bool:
    """Do the words say that the quota is spent?"""
    return re.search(_MEANINGS[0][1], words.said.lower()) is not None


def _says_so(data: Mapping[str, Any]) -> bool:
    """Does the answer call itself a failure?"""
    if any(_holds(data.get(name)) for name in ("error", "errors", "error_code", "error_message")):
        return True
    for name in ("status", "result"):
        value = data.get(name)
        if value is False or (isinstance(value, str) and value.strip().lower() in _FAILED):
            return True
    if any(name in data and not _holds(data[name]) for name in ("success", "ok")):
        return True
    return _status(data) is not None


def _holds(value: Any) -> bool:
    if isinstance(value, Mapping | list):
        return bool(value)
    return flag(value) and str(value).strip().lower() not in _FINE


def _holds_record(operation: Operation, data: Any) -> bool:
    """Is there what was asked for? Its root, or, where there is none, a field that only a record has."""
    if replies.succeeded(data) is not None:
        return True
    root = operation.answer_root or operation.root
    if isinstance(data, Mapping) and isinstance(data.get(root), list) and operation.name.endswith(".list"):
        return True
    known = set(tables.received(operation.answer).fields) - _OF_BOTH if operation.answer else set()
    found: list[Mapping[str, Any]] = [*replies.rows(operation, data)]
    if isinstance(data, Mapping) and (not root or operation.always_form):
        # Obzvonilka's contact comes with its root or without it.
        found += [one for one in (data, data.get("contact")) if isinstance(one, Mapping)]
    return any(row.get(name) not in (None, "") for row in found for name in known)


def _status(data: Mapping[str, Any]) -> int | None:
    """The HTTP status of an error that its text names."""
    for name in ("status", "code", "error_code", "error", "status_code"):
        number = whole(data.get(name)) if isinstance(data.get(name), int | str) else None
        if number is not None and 400 <= number <= 599:
            return number
    return None


def _code(value: Any) -> str:
    """A text that says something; a bare number is a status, and "error" says no more than that it is one."""
    if not isinstance(value, str) or not value.strip():
        return ""
    text = value.strip()
    return "" if whole(text) is not None or text.lower() in {*_FAILED, "true", "1"} else text


def _text(value: Any) -> str:
    if isinstance(value, list):
        value = "; ".join(str(one) for one in value[:MOST_FIELDS])
    return _without_people(str(value))


def _without_people(text: str) -> str:
    """An error text may quote what was refused; addresses and numbers are taken out of it."""
    text = re.sub(r"[\x00-\x1f\ud800-\udfff]+", " ", text[:LONGEST_CODE])
    text = re.sub(r"(?<![\w.+-])[\w.+-]+@[\w.-]+", "…@…", text)
    return re.sub(r"\+?\d[\d\s()-]{5,}\d", "…", text)
