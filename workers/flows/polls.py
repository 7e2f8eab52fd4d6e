"""The dialer has no callbacks (FIELD-NOTES, Obzvonilka), so it is asked: what is news becomes events.

The contacts come as the list of a base: one call however many requests are open, where a look at each contact
would be a call each. Only contacts with a code of ours are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from service.intake.body import storable
from service.intake.references import subject_of_external_code
from service.ledger.events import NewEvent
from service.ledger.life import Lane, Origin
from service.settings import Settings
from workers.flows import dialer, known
from workers.flows.flow import Flow
from workers.vendors import replies
from workers.vendors.obzvonilka.operations import CONTACTS_LIST
from workers.vendors.obzvonilka.reports import CALL_HISTORY
from workers.vendors.received import MOSCOW

POLL_CONTACTS = "obzvonilka.poll_contacts"
POLL_RESULTS = "obzvonilka.poll_results"
CONTACT_CHANGED = "obzvonilka.contact_changed"
CALL_RESULT = "obzvonilka.call_result"

NOTHING_NEW = "Nothing new."


def contacts(flow: Flow, settings: Settings) -> None:  # noqa: ARG001 - as every flow
    """Every contact of ours in the base that is not as it was last seen or written.

    Nothing is remembered here: the event does that in its turn, after what we are writing ourselves just now.
    Until it has, the same find is the same event, however often it is made.
    """
    base_id = str(flow.data["base_id"])
    answer = flow.read("list", lambda: flow.call(CONTACTS_LIST, path={"base_id": base_id}))
    found = []
    for contact in replies.rows(CONTACTS_LIST, answer):
        subject = subject_of_external_code(str(contact.get("external_code") or ""))
        if subject is None:
            continue
        before = flow.known("obzvonilka", subject)
        if _differs(before, contact):
            found.append(_contact_event(before, base_id, subject, contact))
    _say(flow, flow.found(found))


def results(flow: Flow, settings: Settings) -> None:  # noqa: ARG001 - as every flow
    """Every call of yesterday and today to a contact of ours; known ones are told by their ids."""
    today = datetime.fromtimestamp(flow.event.now / 1000, UTC).astimezone(MOSCOW).date()
    # Days are Moscow's, calls around midnight are looked at twice.
    period = {
        "begin_date": (today - timedelta(days=1)).strftime("%d.%m.%Y"),
        "end_date": today.strftime("%d.%m.%Y"),
    }
    answer = flow.read("list", lambda: flow.call(CALL_HISTORY, query=period))
    _say(flow, flow.found(list(_result_events(flow, replies.rows(CALL_HISTORY, answer)))))


def _say(flow: Flow, number: int) -> None:
    flow.idle = not number
    flow.remark(f"{number} new." if number else NOTHING_NEW)


def _differs(before: known.Known, contact: Mapping[str, Any]) -> bool:
    return bool(
        known.changed(before, dialer.watched(contact)) or known.new_lines(before, contact.get("description"))
    )


def _contact_event(before: known.Known, base_id: str, subject: str, contact: Mapping[str, Any]) -> NewEvent:
    fields = {name: contact.get(name) or "" for name in (*dialer.FIELDS, "description") if name in contact}
    content = known.after(before, fields)
    return NewEvent(
        source="obzvonilka",
        type=CONTACT_CHANGED,
        subject=subject,
        dedupe_key=f"{subject}/contact/{content}",
        data={
            "contact_id": str(contact["id"]),
            "base_id": base_id,
            "contact": storable(fields),
            "content": content,
        },
        raw=b"",
        lane=Lane.BULK,
        origin=Origin.POLL,
    )


def _result_events(flow: Flow, calls: list[dict[str, Any]]) -> Iterator[NewEvent]:
    for call in calls:
        subject = flow.subject_of("obzvonilka", "contact", str(call.get("contact_id")))
        if subject is None or not call.get("id"):
            continue
        names = ("operator_name", "contact_status_name", "call_result_name", "called_phone", "remark")
        yield NewEvent(
            source="obzvonilka",
            type=CALL_RESULT,
            subject=subject,
            dedupe_key=f"obzvonilka/call/{call['id']}",
            data=storable(
                {"call_id": str(call["id"]), **{name: str(call.get(name) or "") for name in names}}
            ),
            raw=b"",
            lane=Lane.BULK,
            origin=Origin.POLL,
        )
