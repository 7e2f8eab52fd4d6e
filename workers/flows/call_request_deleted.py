"""A call request was deleted in the store: its case goes into the bin, and nobody is to dial any more.

What belongs to the request stays known, so that late replies still find where they belong.
"""

from __future__ import annotations

from service.settings import Settings
from workers.flows import carried, dialer, helpdesk, shop, store, texts, twice, whose
from workers.flows.flow import Flow


def run(flow: Flow, settings: Settings) -> None:
    """The dialer first: it is where a wrong call would come from.

    What was made by an event that was cut off half-way, or by a ledger that was lost, is not linked: it is
    looked for by its reference. Each vendor's part waits by itself.
    """
    whose.find_out(flow)
    # Before anything: the request itself may have been set aside, and must not be carried afterwards.
    at = flow.event.received_at
    flow.remember("cscart", store.request_id(flow), lambda before: {**before, "deleted": at})
    if other := twice.still_needed_by(flow):
        flow.remark(f"Case and contact are left as they are: {other} of the same customer stands in them.")
        return
    here = shop.of(flow, settings)
    found = 0
    with flow.branch():
        mark = here.deletion_mark(flow)
        line = texts.signed(here.say(flow, "dialer_deleted"), mark.text)
        found += dialer.describe(flow, here, line, mark, first=True) is not None
    with flow.branch():
        case = flow.read("helpdesk.find", lambda: helpdesk.find_case(flow, here))
        if case:
            found += 1
            helpdesk.trash_case(flow, case)
    if not found and not flow.troubles:
        carried.remark_unknown(flow)
