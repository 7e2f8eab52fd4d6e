"""A call request was changed in the store: a note and the status for the help desk, a line for who dials.

Only what is news is carried. A store's add-on tells of our own writing too; that ends here.
"""

from __future__ import annotations

from service.intake import references
from service.settings import Settings
from workers.flows import dialer, helpdesk, known, shop, store, texts
from workers.flows.flow import Flow
from workers.flows.known import OUR_OWN, Known


def run(flow: Flow, settings: Settings) -> None:
    """What the row was like before is known from the last time that it was seen or written."""
    if not helpdesk.is_carried(flow):
        return
    if not {*store.FIELDS, "status", "notes"} & store.given_in(flow.data):
        # The callback tells only which request it is.
        data = store.present_data(flow)
        if data is None:
            return
        flow.data = data
    elif len({"time_from", "time_to"} & store.given_in(flow.data)) == 1:
        # Half of the promised time, whose other half still holds.
        whole = store.present_data(flow)
        if whole is None:
            return
        flow.data = {name: whole[name] for name in ("time_from", "time_to")} | {
            name: value
            for name, value in flow.data.items()
            if name not in {"time_from", "time_to"} or name in store.given_in(flow.data)
        }
    before = flow.known("cscart")
    news = _news(flow, before)
    if not news:
        echo = known.is_echo(before, flow.event.received_at)
        flow.remark(OUR_OWN if echo else "Nothing has changed that is carried.")
        return
    here = shop.of(flow, settings)
    changes = texts.changes(_in_words(flow, here, news), here.wording)
    with flow.branch():
        helpdesk.add_note(flow, here.say(flow, "case_updated_note", changes=changes))
        status = here.config.statuses.store_to_case.get(news.get("status", ""))
        if status:
            helpdesk.set_status(flow, here, status)
    with flow.branch():
        mark = references.event_mark(flow.event.id)
        line = texts.marked(here.say(flow, "dialer_updated", changes=changes), mark.text)
        dialer.describe(flow, here, line, mark, fields=_for_the_contact(flow, news))
    if not flow.troubles:
        # Not before everything is told: a run that stops half-way has to find the same news again.
        seen, now = flow.data, flow.event.now
        flow.remember("cscart", store.request_id(flow), lambda one: store.saw(one, seen, now))


def _news(flow: Flow, before: Known) -> dict[str, str]:
    """What changed, by name. Of the notes only the lines that are new."""
    data = flow.data
    news = {name: str(value) for name, value in known.changed(before, store.watched(data)).items()}
    if known.is_news(before, data["status"], flow.event.received_at):
        news["status"] = data["status"]
    if lines := known.new_lines(before, data["notes"]):
        news["notes"] = lines
    return news


def _in_words(flow: Flow, here: shop.Shop, news: dict[str, str]) -> dict[str, str]:
    """The news as people read it, under the names of their labels."""
    data = flow.data
    told: dict[str, str] = {
        name: data[name] or "" for name in ("name", "phone", "email", "product") if name in news
    }
    if {"time_from", "time_to"} & news.keys():
        told["when"] = texts.wanted_time(data, here.wording)
    if "order_id" in news:
        told["order"] = data["order_id"] or ""
    if "cart_products" in news:
        told["cart"] = texts.in_cart(data["cart_products"])
    if "notes" in news:
        told["notes"] = news["notes"]
    if "status" in news:
        told["status"] = here.wording.status(news["status"])
    return told


def _for_the_contact(flow: Flow, news: dict[str, str]) -> dict[str, str]:
    """A customer with a new number must not be called at the old one."""
    number = flow.data["phone_e164"] or flow.data["phone"]
    return {"phone1": number} if "phone" in news and number else {}
