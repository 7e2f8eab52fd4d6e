"""A call was made from the dialer: its result as a note in the case and a line in the store's notes."""

from __future__ import annotations

from service.settings import Settings
from workers.flows import helpdesk, shop, store, texts
from workers.flows.flow import Flow


def run(flow: Flow, settings: Settings) -> None:
    """Each call is told once: its id is the event's key."""
    here = shop.of(flow, settings)
    call = flow.data
    more = {
        "result": call["call_result_name"] or call["contact_status_name"] or "—",
        "operator": call["operator_name"],
        "called_phone": call["called_phone"],
        "remark": call["remark"],
    }
    with flow.branch():
        text = here.say(flow, "call_result_note", **more)
        helpdesk.add_note(flow, here, text, needed=False, look=True)
    with flow.branch():
        mark = here.event_mark(flow)
        line = texts.marked(here.say(flow, "store_call_result", **more), mark.text)
        store.add_note(flow, here, line, mark)
