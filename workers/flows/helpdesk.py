"""Steps in the help desk (Omnidesk)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from service.intake import references
from workers.flows import texts
from workers.flows.flow import Flow
from workers.vendors.errors import UnknownOutcome
from workers.vendors.omnidesk import operations as omnidesk

# An address that the help desk would refuse must not cost the customer the case.
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")


@dataclass(frozen=True)
class Case:
    """A case of the help desk: its id, the number that people know it by, and its customer."""

    case_id: str
    number: str
    user_id: str


def open_case(flow: Flow, channel: str) -> Case:
    """The case for the request, opened in the custom channel.

    One call. Nothing is looked up before: a case is opened only here, and one that was opened by a call whose
    answer was lost is found by the reference in its subject line.
    """
    data, subject = flow.data, flow.subject

    def create() -> dict[str, str]:
        rows = texts.facts(data)
        fields = {
            "user_custom_id": references.user_custom_id(subject),
            "user_full_name": data["name"],
            "user_phone": data["phone_e164"],
            "user_email": data["email"] if _EMAIL.match(data["email"]) else "",
            "channel": channel,
            "subject": texts.case_title(subject, data),
            "content": texts.as_text(rows),
            "content_html": texts.as_html(rows),
        }
        answer = flow.call(
            omnidesk.CASES_CREATE, body={name: value for name, value in fields.items() if value}
        )
        case = answer.get("case") if isinstance(answer, dict) else None
        if not isinstance(case, dict) or not case.get("case_id"):
            raise UnknownOutcome(
                vendor="omnidesk",
                operation=omnidesk.CASES_CREATE.name,
                sentence="Omnidesk answered without the case's id; it will be looked up.",
            )
        return _ids(case)

    def find() -> dict[str, str] | None:
        reference = references.case_reference(subject)
        answer = flow.call(omnidesk.CASES_LIST, query={"subject": reference, "page": 1, "limit": 100})
        ours = (case for case in _listed(answer) if reference in str(case.get("subject", "")))
        return next((_ids(case) for case in ours), None)

    case = Case(**flow.step("helpdesk.case", create, find))
    flow.link("omnidesk", "case", case.case_id, number=case.number, user_id=case.user_id)
    return case


def _ids(case: dict[str, Any]) -> dict[str, str]:
    return {
        "case_id": str(case["case_id"]),
        "number": str(case.get("case_number") or case["case_id"]),
        "user_id": str(case.get("user_id") or ""),
    }


def _listed(answer: Any) -> Iterator[dict[str, Any]]:
    """The cases of a list: an object keyed "0", "1", … with `total_count` beside them (FIELD-NOTES)."""
    rows = answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list) else ()
    for row in rows:
        if isinstance(row, dict) and isinstance(row.get("case"), dict):
            yield row["case"]
