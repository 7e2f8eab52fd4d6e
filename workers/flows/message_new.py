"""A staff member answers in the help desk: into the store's notes, and to whoever dials the customer."""

from __future__ import annotations

from service.intake import references
from service.ledger import record, together
from service.settings import Settings
from workers.flows import case_search, dialer, helpdesk, known, shop, store, texts, twice
from workers.flows.flow import Flow
from workers.flows.known import OUR_OWN

# The answer to a creation takes a second or two; after so many looks the case tells more than the ledger.
_ASKED_AFTER = 2


def run(flow: Flow, settings: Settings) -> None:
    """Internal notes, and what the customer or we wrote ourselves, go nowhere."""
    data = flow.data
    before = twice.known_of_case(flow, data["case_id"])
    if any(known.wrote_message(one, data["message_id"]) for one in before):
        flow.remark(OUR_OWN)
    elif data["note"]:
        flow.remark("An internal note: it stays in the help desk.")
    elif data["sent_via_rule"] and not settings.config.sent_via_rule:
        flow.remark("Sent by a rule of the help desk: perezvon.toml says not to carry these.")
    elif not data["from_staff"] and not data["sent_via_rule"]:
        flow.remark("Not a staff member's reply: nothing to carry.")
    else:
        subject = _call_request_of(flow, settings)
        if subject is None:
            flow.remark("Not a case that Perezvon opened: the reply stays in the help desk.")
            return
        flow.belongs_to(subject)
        twice.tell_others(flow, data["case_id"])
        here = shop.of(flow, settings)
        mark = here.reply_mark(data["message_id"])
        values = here.values(flow, **texts.reply_values(data, mark))
        if not values["text"]:
            flow.remark("The reply is empty: nothing to carry.")
            return
        with flow.branch():
            line = texts.marked(here.wording.render("store_reply", values), mark.text)
            store.add_note(flow, here, line, mark)
        if twice.is_told(flow):
            # Its contact is the other request's, where the reply stands already.
            return
        with flow.branch():
            line = texts.marked(here.wording.render("dialer_reply", values), mark.text)
            dialer.describe(flow, here, line, mark)


def _call_request_of(flow: Flow, settings: Settings) -> str | None:
    """The subject that the reply's case was opened for. Raises a `VendorError` while that may still come.

    The webhook can be quicker than the flow that opened the case, which writes whose it is when the answer
    has come, or a good while later when that was lost. So it is waited for a little; then the case itself is
    asked. It is believed when we opened it: our channel, our reference, and the user is that request's
    customer.
    """
    case_id = flow.data["case_id"]
    subject = flow.subject if references.split(flow.subject) else flow.subject_of("omnidesk", "case", case_id)
    if subject is not None:
        return subject
    if flow.event.failures < _ASKED_AFTER:
        helpdesk.not_yet(flow, f"No call request is known for the help desk's case {case_id}.")
    case = flow.read("helpdesk.read", lambda: helpdesk.read_case(flow, case_id))
    named = references.subject_of_case_reference(str((case or {}).get("subject") or ""))
    if case is None or named is None or not _is_its_customer(flow, named):
        return None
    return named if case_search.is_in(shop.channel_of(named, settings), case) else None


def _is_its_customer(flow: Flow, subject: str) -> bool:
    """Is the user of the webhook whom we opened cases of the subject for?"""
    with flow.ledger.read() as session:
        asked = record.linked(session, subject, "cscart", together.CUSTOMER)
    if asked is None:
        # A ledger that was restored has forgotten.
        return references.is_customer_of(subject, flow.data["custom_user_id"])
    return flow.data["custom_user_id"] in {asked.external_id, ""}
