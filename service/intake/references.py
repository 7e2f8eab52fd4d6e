"""The names by which a call request is known in the three systems; every created thing carries one.

A subject reads `cscart/<company_id>/call_request/<request_id>`; the rest is made from it.
"""

from __future__ import annotations

import re

_REFERENCE = re.compile(r"\[cscart-(\d+)-(\d+)\]")
_SUBJECT = re.compile(r"^cscart/(\d+)/call_request/(\d+)$")
_USER_CUSTOM_ID = re.compile(r"^cscart:(\d+):req:(\d+)$")


def call_request_subject(company_id: str, request_id: str) -> str:
    """The subject of everything about one call request."""
    return f"cscart/{company_id}/call_request/{request_id}"


def split(subject: str) -> tuple[str, str] | None:
    """`(company_id, request_id)` of a call request's subject; None for a subject of another kind."""
    match = _SUBJECT.match(subject)
    return (match[1], match[2]) if match else None


def case_subject(case_id: str) -> str:
    """The subject of a help-desk case that no call request is known for."""
    return f"omnidesk/case/{case_id}"


def user_custom_id(subject: str) -> str:
    """Omnidesk's `user_custom_id`: comes back as `custom_user_id` with every staff reply."""
    company_id, request_id = _parts(subject)
    return f"cscart:{company_id}:req:{request_id}"


def subject_of_user_custom_id(text: str) -> str | None:
    """The subject that a `custom_user_id` of ours stands for; None when it is somebody else's."""
    match = _USER_CUSTOM_ID.match(text)
    return call_request_subject(match[1], match[2]) if match else None


def external_code(subject: str) -> str:
    """Obzvonilka's `external_code`: no `/` and no `.`, which break the look-up's path (FIELD-NOTES)."""
    return "-".join(("cscart", *_parts(subject)))


def subject_of_external_code(text: str) -> str | None:
    """The subject that an `external_code` of ours stands for; None when it is somebody else's."""
    match = re.fullmatch(r"cscart-(\d+)-(\d+)", text)
    return call_request_subject(match[1], match[2]) if match else None


def case_reference(subject: str) -> str:
    """What stands in the case's subject line to find the case by: brackets, so that 5 is not found in 57."""
    return f"[{external_code(subject)}]"


def subject_of_case_reference(text: str) -> str | None:
    """The subject that a case's subject line names; anybody may have written it there."""
    match = _REFERENCE.search(text)
    return call_request_subject(match[1], match[2]) if match else None


def event_marker(event_id: str) -> str:
    """What a text that we write for an event ends with, to be found by when the answer was lost."""
    return f"[pz:{event_id[:8]}]"


def _parts(subject: str) -> tuple[str, str]:
    parts = split(subject)
    if parts is None:
        raise ValueError(f"{subject} is not the subject of a call request")
    return parts
