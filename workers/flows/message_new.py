"""A staff member answers in the help desk: into the store's notes, and to whoever dials the customer."""

from __future__ import annotations

from typing import Any

from service.intake import references
from service.settings import Settings
from workers.flows import dialer, store, texts
from workers.flows.flow import Flow
from workers.vendors.errors import Rejected, Transient

# A reply can come before the flow that opened its case has written whose it is: it is looked for again for
# about a minute.
LATEST_LINK_FAILURES = 6


def run(flow: Flow, settings: Settings) -> None:
    """Internal notes, and what the customer or we wrote ourselves, go nowhere."""
    data = flow.data
    if data["note"]:
        flow.remark("An internal note: it stays in the help desk.")
    elif not data["from_staff"] and not data["sent_via_rule"]:
        flow.remark("Not a staff member's reply: nothing to carry.")
    else:
        flow.subject = _call_request_of(flow)
        line, marker = texts.reply_line(data), texts.reply_marker(data["message_id"])
        with flow.branch():
            store.add_note(flow, line, marker)
        with flow.branch():
            dialer.describe(flow, settings.obzvonilka.contact_base, line, marker)


def _call_request_of(flow: Flow) -> str:
    """The subject that the reply's case was opened for. Raises a `VendorError` without one."""
    if references.split(flow.subject):
        return flow.subject
    case_id = flow.data["case_id"]
    subject = flow.subject_of("omnidesk", "case", case_id)
    if subject is not None:
        return subject
    facts: dict[str, Any] = {
        "vendor": "omnidesk",
        "operation": "message_new",
        "sentence": f"No call request is known for the help desk's case {case_id}.",
    }
    if flow.event.failures < LATEST_LINK_FAILURES:
        raise Transient(**facts)
    raise Rejected(
        next_action="Cancel the event if the case was not opened by Perezvon; else replay it.", **facts
    )
