"""A staff member answers in the help desk: into the store's notes, and to whoever dials the customer."""

from __future__ import annotations

from service.intake import references
from service.settings import Settings
from workers.flows import dialer, helpdesk, known, shop, store, texts
from workers.flows.flow import Flow
from workers.flows.known import OUR_OWN


def run(flow: Flow, settings: Settings) -> None:
    """Internal notes, and what the customer or we wrote ourselves, go nowhere."""
    data = flow.data
    if known.wrote_message(flow.known("omnidesk"), data["message_id"]):
        flow.remark(OUR_OWN)
    elif data["note"]:
        flow.remark("An internal note: it stays in the help desk.")
    elif data["sent_via_rule"] and not settings.config.sent_via_rule:
        flow.remark("Sent by a rule of the help desk: perezvon.toml says not to carry these.")
    elif not data["from_staff"] and not data["sent_via_rule"]:
        flow.remark("Not a staff member's reply: nothing to carry.")
    else:
        subject = _call_request_of(flow)
        if subject is None:
            flow.remark("Not a case that Perezvon opened: the reply stays in the help desk.")
            return
        flow.belongs_to(subject)
        here = shop.of(flow, settings)
        mark = here.reply_mark(data["message_id"])
        values = here.values(flow, **texts.reply_values(data, mark))
        with flow.branch():
            line = texts.marked(here.wording.render("store_reply", values), mark.text)
            store.add_note(flow, here, line, mark)
        with flow.branch():
            line = texts.marked(here.wording.render("dialer_reply", values), mark.text)
            dialer.describe(flow, here, line, mark)


def _call_request_of(flow: Flow) -> str | None:
    """The subject that the reply's case was opened for. Raises a `VendorError` while that may still come."""
    case_id = flow.data["case_id"]
    subject = flow.subject if references.split(flow.subject) else flow.subject_of("omnidesk", "case", case_id)
    if subject is None and flow.event.failures < helpdesk.LATEST_LINK_FAILURES:
        helpdesk.not_yet(flow, f"No call request is known for the help desk's case {case_id}.")
    return subject
