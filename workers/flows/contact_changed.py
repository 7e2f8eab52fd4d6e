"""The dialer's staff changed a contact: a note in its case, and a line in the store's notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.settings import Settings
from workers.flows import dialer, helpdesk, known, shop, store, texts
from workers.flows.flow import Flow
from workers.flows.known import OUR_OWN


def run(flow: Flow, settings: Settings) -> None:
    """What stands there now is compared once more: what was found may be what we were writing at that moment.

    The end does not depend on a case being there: what was found is remembered, and is not found again.
    """
    contact = flow.read("dialer.read", lambda: dialer.read_contact(flow, _path(flow)))
    if contact is None:
        flow.remark("The contact is gone from the dialer.")
        return
    before = flow.known("obzvonilka")
    if not before:
        # A contact from before there was anything to compare it with.
        flow.remark("Seen for the first time: from now on changes are told.")
        _remember(flow, contact)
        return
    news = {name: str(value or "") for name, value in known.changed(before, dialer.watched(contact)).items()}
    if lines := known.new_lines(before, contact.get("description")):
        news["description"] = lines
    if not news:
        flow.remark(OUR_OWN)
        _remember(flow, contact)
        return
    here = shop.of(flow, settings)
    # phone1 … phone10 are all phones to people.
    named = {("phone" if name.startswith("phone") else name): value for name, value in news.items()}
    changes = texts.changes(named, here.wording)
    with flow.branch():
        text = here.say(flow, "contact_changed_note", changes=changes)
        helpdesk.add_note(flow, here, text, needed=False, look=True)
    with flow.branch():
        mark = here.event_mark(flow)
        line = texts.marked(here.say(flow, "store_contact_line", changes=changes), mark.text)
        store.add_note(flow, here, line, mark)
    if not flow.troubles:
        _remember(flow, contact)


def _path(flow: Flow) -> dict[str, str]:
    return {"base_id": flow.data["base_id"], "contact_id": flow.data["contact_id"]}


def _remember(flow: Flow, contact: Mapping[str, Any]) -> None:
    told = {"told": flow.data.get("content", "")}
    flow.remember(
        "obzvonilka", flow.data["contact_id"], lambda before: dialer.saw(before, contact) | told, shared=True
    )
