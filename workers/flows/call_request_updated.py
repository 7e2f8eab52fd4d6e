"""A call request was changed in the store: a note and the status for the help desk, a line for who dials.

Only what is news is carried. A store's add-on tells of our own writing too; that ends here.
"""

from __future__ import annotations

from typing import Any

from service.settings import Settings
from workers.flows import carried, dialer, freshness, helpdesk, known, shop, store, texts, whose
from workers.flows.flow import Flow
from workers.flows.known import OUR_OWN, Known
from workers.reconcile.rows import ENDED


def run(flow: Flow, settings: Settings) -> None:
    """What the row was like before is known from the last time that it was seen or written."""
    whose.find_out(flow)
    here = shop.of(flow, settings)
    if not carried.find(flow, here):
        return
    fresh = freshness.is_fresh(flow)
    told = {*store.FIELDS, "status", "notes"} & store.given_in(flow.data)
    if not told or freshness.may_have_changed(flow):
        # The callback tells only which request it is, or what it was like once.
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
    here = shop.of(flow, settings)
    before = flow.known("cscart")
    if _news(flow, before, here.store.country):
        _keep_to_what_was_news(flow, before, here.store.country)
    news = _news(flow, before, here.store.country)
    if not news:
        echo = known.is_echo(before, flow.event.received_at)
        flow.remark(OUR_OWN if echo else "Nothing has changed that is carried.")
        return
    changes = texts.changes(_in_words(flow, here, news), here.wording)
    note = here.say(flow, "case_updated_note", changes=changes)
    warning = here.phone_warning(flow) if "phone" in news else ""
    new: bool | None = None
    with flow.branch():
        first = "phone" in news and not flow.linked("obzvonilka", "contact")
        if (first or flow.is_begun("dialer.find")) and _made_contact(flow, here):
            new = True
        else:
            mark = here.event_mark(flow)
            line = texts.marked(here.say(flow, "dialer_updated", changes=changes), mark.text)
            # A customer with a new number must not be called at the old one.
            phones = here.phones(flow) if "phone" in news else None
            if phones and not first:
                dialer.say_what_cannot_be_called(flow, phones)
            new = dialer.describe(flow, here, line, mark, phones=phones)
    with flow.branch():
        # Who has told the dialer already, or cannot know whether it has, may have told the help desk as well.
        helpdesk.add_note(flow, here, texts.with_warning(note, warning), look=not (fresh and new))
        status = here.config.statuses.store_to_case.get(news.get("status", ""))
        if status:
            helpdesk.set_status(flow, here, status)
    if not flow.troubles:
        # Not before everything is told: a run that stops half-way has to find the same news again.
        seen, now, country = flow.data, flow.event.now, here.store.country
        flow.remember("cscart", store.request_id(flow), lambda one: store.saw(one, seen, now, country))


def _news(flow: Flow, before: Known, country: str) -> dict[str, str]:
    """What changed, by name. Of the notes only the lines that are new."""
    data = flow.data
    news = {name: str(value) for name, value in known.changed(before, store.watched(data, country)).items()}
    if known.is_news(before, data["status"], flow.event.received_at):
        news["status"] = data["status"]
    if lines := known.new_lines(before, data["notes"]):
        news["notes"] = lines
    return news


def _keep_to_what_was_news(flow: Flow, before: Known, country: str) -> None:
    """Leave to later events what the row shows only since this one's first run.

    One of its branches may have ended: that vendor would never be told of it.
    """
    news = _news(flow, before, country)
    lines = known.lines_of(news.pop("notes", ""))
    now = known.digests(news)
    shown: dict[str, Any] = {"fields": now, "lines": [known.digest(one) for one in lines]}
    first = flow.step("store.news", lambda: shown)
    later = {name for name, value in now.items() if first["fields"].get(name) != value}
    unsaid = {one for one in lines if known.digest(one) not in first["lines"]}
    notes = [one for one in known.lines_of(flow.data["notes"]) if one not in unsaid]
    flow.data = flow.data | {
        "given": sorted(store.given_in(flow.data) - later),
        "notes": "\n".join(notes),
        "status": "" if "status" in later else flow.data["status"],
    }


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
        told["cart"] = texts.in_cart(data["cart_products"], here.wording)
    if "notes" in news:
        told["notes"] = news["notes"]
    if "status" in news:
        told["status"] = here.wording.status(news["status"])
    return told


def _made_contact(flow: Flow, here: shop.Shop) -> bool:
    """Put a customer into the dialer who had no number until now; False when there was a contact after all.

    With the whole row as it stands in the store: the update may have brought the number alone.
    """
    told, whole = flow.data, store.present_data(flow)
    if whole is None:
        return True
    if whole["status"] in ENDED:
        flow.remark("The request has been dealt with: its first number makes no contact in the dialer.")
        return True
    flow.data = whole
    try:
        if not here.phones(flow).numbers:
            flow.data = {**whole, "phone": told["phone"]}
        return dialer.put_contact(flow, here, look=True)
    finally:
        flow.data = told
