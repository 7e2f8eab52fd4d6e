"""A customer asks for a call-back: into the dialer, into the help desk, and word of it back to the store.

Five calls on the happy path: the dialer's look-up and contact, the help desk's case, the store's row read and
written. Why each is needed stands with its step.
"""

from __future__ import annotations

from service.intake import call_request
from service.settings import Settings
from workers.flows import dialer, helpdesk, lateness, shop, store
from workers.flows.flow import Flow


def run(flow: Flow, settings: Settings) -> None:
    """The dialer first: it is what the customer waits for."""
    if flow.known("cscart").get("deleted"):
        flow.remark("The request was deleted in the store meanwhile: nobody is called.")
        return
    if not flow.data["phone_known"]:
        # Some callbacks tell only which request it is: then nothing can be done without the row.
        row = store.read_row(flow)
        if row is None:
            return
        flow.data = call_request.parse_row(row)
        delivery = call_request.Delivery(call_request.CREATED, row)
        whole = call_request.to_event(delivery, b"", "application/json")
        if whole.subject != flow.subject:
            # The callback did not say of which store the request is.
            flow.found([whole])
            flow.remark(f"The request is another store's: it is carried as {whole.subject}.")
            return
    elif lateness.row_may_have_changed(flow):
        data = store.present_data(flow)
        if data is None:
            return
        flow.data = data
    here = shop.of(flow, settings)
    with flow.branch():
        dialer.put_contact(flow, here)
    with flow.branch():
        case = helpdesk.open_case(flow, here)
        store.write_case(flow, here, case.number)
