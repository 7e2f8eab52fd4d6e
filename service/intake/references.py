"""The names by which a call request is known in the three systems, and the marks that our texts are found by.

A subject reads `cscart/<company_id>/call_request/<request_id>`; the rest is made from it. A name or a mark
counts only where we put it, in front, and no text from outside keeps one (`defused`).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass

DEFAULT_STORE = "1"
"""The company_id of a request that does not tell which store it is of."""

# The id, and of a later request that was given the same one the time in seconds that it was made.
_REQUEST = r"(\d+(?:-\d{10})?)"
_REFERENCE = re.compile(rf"\s*\[cscart-(\d+)-{_REQUEST}\]")
# The former `[#9100]` too. With an end, if there is one in sight.
_OURS = re.compile(r"\[(?:pz:|cscart-|#(?=\d))(?:[^\[\]\r\n]{0,80}\])?", re.IGNORECASE)
# Bounded, so that it takes linear time.
_LINE_START = r"(?:^|[\r\n]|<(?i:br|p|div|li|td)\b[^<>]{0,200}>)(?:\s|&nbsp;|<[^<>]{0,200}>){0,20}"
_SUBJECT = re.compile(rf"^cscart/(\d+)/call_request/{_REQUEST}$")
_USER_CUSTOM_ID = re.compile(rf"^cscart:(\d+):req:{_REQUEST}$")


def call_request_subject(company_id: str, request_id: str) -> str:
    """The subject of everything about one call request."""
    return f"cscart/{company_id}/call_request/{request_id}"


def split(subject: str) -> tuple[str, str] | None:
    """`(company_id, request_id)` of a call request's subject; None for a subject of another kind."""
    match = _SUBJECT.match(subject)
    return (match[1], match[2].partition("-")[0]) if match else None


def later_request(subject: str, made: int) -> str:
    """The subject of a request made at `made` (s) that was given the id of the one of `subject`."""
    company_id, request_id = split(subject) or ("", "")
    return call_request_subject(company_id, f"{request_id}-{made}")


def made_at(subject: str) -> int | None:
    """When the request was made, in s, where its subject tells: that of a later one (`later_request`)."""
    match = _SUBJECT.match(subject)
    made = match[2].partition("-")[2] if match else ""
    return int(made) if made else None


def case_subject(case_id: str) -> str:
    """The subject of a help-desk case that no call request is known for."""
    return f"omnidesk/case/{case_id}"


def case_number_subject(number: str) -> str:
    """The subject of a help-desk case that is known by the number that people see."""
    return f"omnidesk/case_number/{number}"


def user_custom_id(subject: str) -> str:
    """Omnidesk's `user_custom_id`: comes back as `custom_user_id` with every staff reply."""
    company_id, request_id = _parts(subject)
    return f"cscart:{company_id}:req:{request_id}"


def is_customer_of(subject: str, custom_id: str) -> bool:
    """Is it a custom id that we gave to a customer of the subject's store?"""
    return custom_id.startswith(f"cscart:{_parts(subject)[0]}:")


def subject_of_user_custom_id(text: str) -> str | None:
    """The subject that a `custom_user_id` of ours stands for; None when it is somebody else's."""
    match = _USER_CUSTOM_ID.match(text)
    return call_request_subject(match[1], match[2]) if match else None


def external_code(subject: str) -> str:
    """Obzvonilka's `external_code`: no `/` and no `.`, which break the look-up's path (FIELD-NOTES)."""
    return "-".join(("cscart", *_parts(subject)))


def subject_of_external_code(text: str) -> str | None:
    """The subject that an `external_code` of ours stands for; None when it is somebody else's."""
    match = re.fullmatch(rf"cscart-(\d+)-{_REQUEST}", text)
    return call_request_subject(match[1], match[2]) if match else None


def case_reference(subject: str) -> str:
    """What stands in the case's subject line to find the case by: brackets, so that 5 is not found in 57."""
    return f"[{external_code(subject)}]"


def subject_of_case_reference(text: str) -> str | None:
    """The subject that a case's subject line begins with; in a mail anybody may have written it there."""
    match = _REFERENCE.match(text)
    return call_request_subject(match[1], match[2]) if match else None


@dataclass(frozen=True)
class Mark:
    """What a text of ours begins with, to be found by when an answer was lost or an event is replayed.

    `formerly` is what the releases before put into the same text for that, as a rule at its end.
    """

    text: str
    formerly: str

    def begins_a_line(self, text: str) -> bool:
        """Does a line of the text begin with the mark? Systems may wrap what they are given in HTML."""
        return self.text in text and bool(re.search(_LINE_START + re.escape(self.text), text))


def mark(key: str, what: str, formerly: str) -> Mark:
    """The mark of something that more events than one may write, such as the reply 9100 or a deletion.

    `key` is the service's secret: who knows the thing's number still cannot write its mark.
    """
    return Mark(f"[pz:{hmac.new(key.encode(), what.encode(), hashlib.sha256).hexdigest()[:8]}]", formerly)


def defused(text: str, keep: Iterable[str] = ()) -> str:
    """`text` with whatever looks like a name or mark of ours in round brackets, but for those in `keep`."""

    def in_round_brackets(found: re.Match[str]) -> str:
        whole = found[0]
        if whole in keep:
            return whole
        return f"({whole[1:-1]})" if whole.endswith("]") else f"({whole[1:]}"

    return _OURS.sub(in_round_brackets, text)


def _parts(subject: str) -> tuple[str, str]:
    """The store, and the request with the time that tells it from an earlier one of its id."""
    match = _SUBJECT.match(subject)
    if match is None:
        raise ValueError(f"{subject} is not the subject of a call request")
    return match[1], match[2]
