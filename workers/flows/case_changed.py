"""A rule of the help desk says that a case has changed: its status and who is in charge, for the store.

The rule's template is the administrator's own and may be broken or old, so the case is fetched. What follows
from it is compared with what followed from it last: word of our own edits ends here, and so does everything
that the store does not keep.
"""

from __future__ import annotations

from typing import Any

from service.intake import references
from service.settings import Settings
from workers.flows import carry, helpdesk, known, store, twice
from workers.flows.flow import Flow
from workers.flows.known import OUR_OWN


def run(flow: Flow, settings: Settings) -> None:
    """A label goes before the case's status; what no mapping names is left as it is."""
    case_id = flow.data["case_id"]
    if linked := _linked(flow, case_id):
        flow.belongs_to(linked)
    # A case's path takes the number that people see as well (FIELD-NOTES).
    asked = case_id or flow.data["case_number"]
    case = flow.read("helpdesk.read", lambda: helpdesk.read_case(flow, asked))
    if case is None:
        before = flow.known("omnidesk")
        echo = before.get("binned") and known.is_echo(before, flow.event.received_at)
        flow.remark(OUR_OWN if echo else "The case is not there any more, or in the bin: nothing to carry.")
        return
    case_id = str(case.get("case_id") or asked)
    subject = _call_request_of(flow, case, case_id)
    if subject is None:
        return
    flow.belongs_to(subject)
    twice.tell_others(flow, case_id)
    state = known.case_state(case)
    # An answer that does not tell the status leaves what the template said.
    state["status"] = carry.case_status(state["status"] or flow.data.get("case_status", ""), settings.config)
    carried = carry.to_store(state, settings.config)
    before = flow.known("omnidesk")
    fields = {
        name: value
        for name, value in carried.items()
        if value is not None and value != before.get("carried", {}).get(name)
    }
    if fields and not flow.known("cscart").get("deleted"):
        store.set_fields(flow, fields)
    else:
        ours = known.wrote_message(before, flow.data["last_message_id"]) or state == before.get("state")
        echo = ours and known.is_echo(before, flow.event.received_at)
        flow.remark(OUR_OWN if echo else "Nothing has changed that the store keeps.")
    flow.remember("omnidesk", case_id, lambda one: {**one, "state": state, "carried": carried})


def _linked(flow: Flow, case_id: str) -> str | None:
    """The request that the event is for; of those that share the case the event's own."""
    subjects = flow.subjects_of("omnidesk", "case", case_id) if case_id else []
    return flow.event.subject if flow.event.subject in subjects else next(iter(subjects), None)


def _call_request_of(flow: Flow, case: dict[str, Any], case_id: str) -> str | None:
    """Whose case it is; None, with a remark, when it is not one of ours."""
    subject = _linked(flow, case_id)
    if subject is not None:
        return subject
    named = references.subject_of_case_reference(str(case.get("subject") or ""))
    if named is None:
        flow.remark("Not a case of a call request: nothing to carry.")
        return None
    # Anybody can write a reference into a subject line: only the link says that the case is ours. It may be
    # about to be written, by an event of the request that this one waits for.
    flow.belongs_to(named)
    link = helpdesk.linked_case(flow)
    if link is None and flow.event.failures < helpdesk.LATEST_LINK_FAILURES:
        helpdesk.not_yet(flow, f"The case {case_id} is not known to belong to {named} yet.")
    flow.remark(f"Not the case that was opened for {named}: nothing to carry.")
    return None
