"""A call request was deleted in the store: its case goes into the bin, and nobody is to dial any more.

What belongs to the request stays known, so that late replies still find where they belong.
"""

from __future__ import annotations

from service.settings import Settings
from workers.flows import dialer, helpdesk, shop, store, texts
from workers.flows.flow import Flow


def run(flow: Flow, settings: Settings) -> None:
    """The dialer first: it is where a wrong call would come from."""
    # Before anything: the request itself may have been set aside, and must not be carried afterwards.
    flow.remember("cscart", store.request_id(flow), lambda before: {**before, "deleted": True})
    if not helpdesk.is_carried(flow):
        return
    here = shop.of(flow, settings)
    with flow.branch():
        mark = here.deletion_mark(flow)
        line = texts.signed(here.say(flow, "dialer_deleted"), mark.text)
        dialer.describe(flow, here, line, mark, first=True)
    with flow.branch():
        helpdesk.trash_case(flow)
