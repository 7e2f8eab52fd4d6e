"""Steps in the store (CS-Cart)."""

from __future__ import annotations

from typing import Any

from service.intake import references
from service.ledger.clock import SECOND
from workers.flows import texts
from workers.flows.flow import Flow
from workers.vendors.cscart import operations as cscart
from workers.vendors.errors import Transient

# The row in a callback is as it is in the store at that moment; after this nobody knows any more.
FRESH = 10 * SECOND
# A person has already brought the request to its end: it is not opened again.
ENDED = {"completed", "no_answer"}


def read_row(flow: Flow) -> dict[str, Any]:
    """The request's row as it stands in the store now."""
    return flow.read("store.read", lambda: _read(flow))


def write_case(flow: Flow, case_number: str) -> None:
    """Status `in_progress` and a line with the case's number in the notes.

    One call on the happy path: a PUT sets the whole notes, so what stands there has to be known, and a row
    that came complete a moment ago tells it. Otherwise the row is read again first.
    """

    def act() -> str:
        row = dict(flow.data) if _is_fresh(flow) else _read(flow)
        status = str(row.get("status") or "")
        fields: dict[str, Any] = {} if status in ENDED else {"status": "in_progress"}
        line = texts.case_line(case_number)
        notes = texts.append(row.get("notes"), line, line)
        if notes is not None:
            fields["notes"] = notes
        _write(flow, fields)
        return "written"

    flow.step("store.write", act)


def add_note(flow: Flow, line: str, marker: str) -> None:
    """`line` added to the request's notes; two calls, because what stands there is never overwritten."""

    def act() -> str:
        notes = texts.append(_read(flow).get("notes"), line, marker)
        if notes is None:
            return "stood there already"
        _write(flow, {"notes": notes})
        return "written"

    flow.step("store.note", act)


def _is_fresh(flow: Flow) -> bool:
    """Did the row come whole, a moment ago, and is this the first time that anything is tried?"""
    age = flow.event.now - flow.event.received_at
    return bool(flow.data["notes_known"]) and age < FRESH and flow.event.claim == 1


def _path(flow: Flow) -> dict[str, str]:
    parts = references.split(flow.subject)
    assert parts is not None  # noqa: S101 - only flows of call requests come here
    return {"request_id": parts[1]}


def _read(flow: Flow) -> dict[str, Any]:
    row = flow.call(cscart.CALL_REQUESTS_GET, path=_path(flow))
    if not isinstance(row, dict):
        raise Transient(
            vendor="cscart",
            operation=cscart.CALL_REQUESTS_GET.name,
            sentence="CS-Cart answered with something that is not a call request.",
        )
    return row


def _write(flow: Flow, fields: dict[str, Any]) -> None:
    if fields:
        flow.call(cscart.CALL_REQUESTS_UPDATE, path=_path(flow), body=fields)
