"""A customer asks for a call-back: into the dialer, into the help desk, and word of it back to the store.

Five calls on the happy path: the dialer's look-up and contact, the help desk's case, the store's row read and
written. Why each is needed stands with its step.
"""

from __future__ import annotations

from service.intake import call_request
from service.ledger.clock import SECOND
from service.settings import Settings
from workers.flows import carried, dialer, freshness, helpdesk, lateness, shop, store, twice
from workers.flows.flow import Flow


def run(flow: Flow, settings: Settings) -> None:
    """The dialer first: it is what the customer waits for."""
    if _was_deleted(flow):
        flow.remark("The request was deleted in the store meanwhile: nobody is called.")
        return
    if not flow.data["phone_known"] or flow.data["company_id"] is None:
        if not _is_completed(flow):
            return
    elif lateness.row_may_have_changed(flow):
        data = store.present_data(flow)
        if data is None:
            return
        flow.data = data
    here = shop.of(flow, settings)
    fresh = freshness.is_fresh(flow)
    if not fresh and carried.is_over(flow, here):
        return
    earlier = twice.joined(flow, here)
    new = True
    with flow.branch():
        if earlier is None or not (earlier.contact and dialer.join_contact(flow, here, *earlier.contact)):
            new = dialer.put_contact(flow, here, look=not fresh)
    with flow.branch():
        if earlier and earlier.case and twice.join_case(flow, here, earlier, look=not fresh):
            case = earlier.case
        else:
            # Who stands in the dialer already, or without a number cannot stand there, may have a case too.
            case = helpdesk.open_case(flow, here, look=not (fresh and new))
        store.write_case(flow, here, case.number)


def _is_completed(flow: Flow) -> bool:
    """Get the row, which has to tell what the callback did not; False when nothing is to be done here."""
    # A callback may be ahead of its row: what it tells is enough to call somebody.
    ahead = bool(flow.data["phone"]) and lateness.is_prompt(flow)
    data = store.present_data(flow, gone_for_good=not ahead)
    if data is None:
        if ahead:
            flow.remark("The store does not show the request: it is carried as its callback told it.")
        return ahead
    flow.data = data
    delivery = call_request.Delivery(call_request.CREATED, data)
    whole = flow.settled(call_request.event_of(delivery, data, b"", "application/json"))
    if whole.subject != flow.subject:
        flow.found([whole])
        flow.remark(f"The request is another store's: it is carried as {whole.subject}.")
        return False
    if flow.data["company_id"] is None:
        flow.remark("The request does not tell which store it is of: it is carried for the default one.")
    return True


def _was_deleted(flow: Flow) -> bool:
    """Has its deletion come before it? That of an earlier request with its id does not count."""
    # Releases before this one kept no time.
    at = flow.known("cscart").get("deleted") or 0
    made = (flow.data.get("timestamp") or 0) * SECOND
    return bool(at) and (at is True or made < at + freshness.LATE)
