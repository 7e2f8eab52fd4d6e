"""The customer wrote once more: into the case as the customer, or into a new case when that one is gone."""

from __future__ import annotations

from typing import Any

from service.settings import Settings
from workers.flows import helpdesk, shop, store, whose
from workers.flows.flow import Flow
from workers.flows.helpdesk import Case


def run(flow: Flow, settings: Settings) -> None:
    """What the customer wrote is never lost: without any case it opens one."""
    if not flow.data["message"]:
        flow.remark("The message is empty: nothing to carry.")
        return
    whose.find_out(flow)
    here = shop.of(flow, settings)
    text = here.say(flow, "customer_message", message=flow.data["message"])
    # A durable answer: once a new case has been opened, the old one is not asked for again.
    standing = flow.step("helpdesk.look", lambda: _standing_case(flow))
    if standing["open"] and helpdesk.add_message(flow, here, Case(**standing["case"]), text):
        return
    gone = standing["case"]["case_id"]
    if not gone and not flow.is_begun("helpdesk.case") and (opened := helpdesk.linked_case(flow)):
        # By another event of the request, since this one looked.
        if helpdesk.add_message(flow, here, opened, text):
            return
        gone = opened.case_id
    _complete(flow)
    case = helpdesk.open_case(flow, here, message=text, instead_of=gone)
    flow.remark("The case was gone: a new one was opened." if gone else "There was no case: one was opened.")
    store.add_note(flow, here, *store.case_line(flow, here, case.number))


def _standing_case(flow: Flow) -> dict[str, Any]:
    """The request's case, and whether a message can be put into it."""
    # Without one nothing is waited for: word of the request itself, if it comes, waits for this event to end.
    case = helpdesk.linked_case(flow) or Case("", "", "")
    found = helpdesk.read_case(flow, case.case_id) if case.case_id else None
    user_id = case.user_id or str((found or {}).get("user_id") or "")
    return {
        "open": found is not None and bool(user_id),
        "case": {"case_id": case.case_id, "number": case.number, "user_id": user_id},
    }


def _complete(flow: Flow) -> None:
    """Get the whole row for a new case, where the store still has it."""
    if not flow.data["phone_known"] and (data := store.present_data(flow)):
        flow.data = data | {"message": flow.data["message"]}
