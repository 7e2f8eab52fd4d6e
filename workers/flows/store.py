"""Steps in the store (CS-Cart).

The row is read immediately before each write: what a webhook brought may have been overtaken, and a PUT sets
whole fields. A row that is not there any more is no failure: it is told on the event and remembered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from service.intake import call_request, identity, phones, references
from service.intake.fields import seconds
from service.intake.references import Mark
from workers.flows import known, lateness, room, shown, texts
from workers.flows.flow import Flow
from workers.flows.freshness import UNTOUCHED
from workers.flows.known import Known
from workers.flows.shop import Shop
from workers.vendors.cscart import operations as cscart
from workers.vendors.errors import NotFound, Rejected, Transient

# A case's number, 664-245651, among other numbers of the line.
_NUMBER = re.compile(r"\d[\d-]{0,40}")
_LONGEST_LINE = 2000
# What the customer or the shop says in a row; its status and notes are looked at apart.
FIELDS = ("name", "phone", "email", "time_from", "time_to", "product", "order_id", "cart_products")
# What the store's API does not tell: there is no such column, and only a callback may have it (FIELD-NOTES).
_ONLY_IN_CALLBACKS = ("email", "lang_code")

# How a write ended.
_WRITTEN = "written"
_GONE = "gone"
_FULL = "full"
_LEFT = "left"

FULL = "The notes of the request are full (65,535 bytes): what was to be added there was left out."
_SAID = {
    _GONE: "The request is not in the store any more: nothing was written there.",
    _FULL: FULL,
    _LEFT: ("The status or the person in charge was changed in the store meanwhile: that was left as it is."),
}


def read_row(flow: Flow) -> dict[str, Any] | None:
    """The request's row as it stands in the store now; None, with a remark, when it is not there."""
    row = flow.read("store.read", lambda: read(flow))
    if row is None:
        flow.remark(_SAID[_gone(flow)])
    return row


def present_data(flow: Flow, *, gone_for_good: bool = True) -> dict[str, Any] | None:
    """The event's data by the row that stands in the store now; None without one.

    `gone_for_good`: with a remark then, and remembered as deleted.
    """
    row = read_row(flow) if gone_for_good else flow.read("store.read", lambda: read(flow))
    if row is None:
        return None
    told = {name: flow.data[name] for name in _ONLY_IN_CALLBACKS if flow.data.get(name)}
    # Which row it is was asked, and need not be told.
    data = call_request.parse_row(told | row | {"request_id": request_id(flow)})
    flow.tell_left_out(data)
    return data


def write_case(flow: Flow, shop: Shop, case_number: str) -> None:
    """Status `in_progress`, unless people have set one, and a line with the case's number in the notes."""
    line, mark = case_line(flow, shop, case_number)

    def write(row: dict[str, Any]) -> str:
        status = {"status": "in_progress"} if str(row.get("status") or "") in UNTOUCHED else {}
        # Whoever opened the case has said what it tells. One that was found tells what the event does, as far
        # as anybody knows: what the row shows beyond that may still be news.
        told = None if flow.known("cscart").get("fields") else flow.event.data
        return _write(flow, shop, row, status, line, mark, told)

    _change(flow, "store.write", write)


def case_line(flow: Flow, shop: Shop, case_number: str) -> tuple[str, Mark]:
    """The line that names the case, with the number whatever the template says; and its mark."""
    mark = shop.case_mark(case_number)
    said = shop.say(flow, "store_case_line", case_number=case_number)
    if warning := shop.phone_warning(flow):
        said = f"{said.rstrip('.')}. {warning}"
    return texts.marked(said if case_number in said else f"{said} {case_number}", mark.text), mark


def case_number(flow: Flow, shop: Shop) -> str:
    """The number of the case that a line of ours in the row's notes names; "" without one.

    Whoever may have written the line: the mark in front of it can be made with our secret alone.
    """
    for line in str(flow.data.get("notes") or "").splitlines():
        for number in _NUMBER.findall(line[:_LONGEST_LINE]):
            if shop.case_mark(number).begins_a_line(line):
                return str(number)
    return ""


def add_note(flow: Flow, shop: Shop, line: str, mark: Mark) -> None:
    """`line` added to the request's notes."""

    if flow.known("cscart").get("deleted"):
        flow.remark("The request was deleted in the store: nothing was written there.")
    else:
        _change(flow, "store.note", lambda row: _write(flow, shop, row, {}, line, mark))


def set_fields(flow: Flow, fields: Mapping[str, Any]) -> None:
    """Status and the administrator in charge, where nobody has set others since this was due."""

    def write(row: dict[str, Any]) -> str:
        ours = {name: value for name, value in fields.items() if _is_ours_to_set(flow, row, name)}
        put(flow, {name: value for name, value in ours.items() if str(row.get(name)) != str(value)})
        _remember(flow, ours)
        return _WRITTEN if ours == fields else _LEFT

    _change(flow, "store.write", write)


def _change(flow: Flow, step: str, write: Callable[[dict[str, Any]], str]) -> None:
    """The step that writes to the row as it stands now, and what is to be said of how it ended."""

    def act() -> str:
        row = read(flow)
        if row is None:
            return _gone(flow)
        try:
            return write(row)
        except Rejected as refusal:
            # To a PUT a missing id is a bad request (FIELD-NOTES).
            if refusal.status not in {400, 404} or read(flow) is not None:
                raise
            return _gone(flow)

    ended = flow.step(step, act)
    if ended in _SAID:
        flow.remark(_SAID[ended])


def _is_ours_to_set(flow: Flow, row: Mapping[str, Any], name: str) -> bool:
    """Is it as we left it? Of an event that had to wait nobody knows which of the two came later."""
    if lateness.is_prompt(flow):
        return True
    before = flow.known("cscart")
    last = before.get("status") if name == "status" else before.get("set", {}).get(name)
    return str(row.get(name) or "") in {*UNTOUCHED, "0", str(last)}


def keep_told(flow: Flow, shop: Shop) -> None:
    """Remember that the help desk is told what stands in the row."""
    told, now, country = flow.data, flow.event.now, shop.store.country
    flow.remember("cscart", request_id(flow), lambda before: saw(before, told, now, country))


def saw(before: Known, row: Mapping[str, Any], now: int, country: str) -> Known:
    """What is known of the row once a callback has shown it, or the part of it that was given."""
    after = known.with_fields(before, watched(row, country))
    after = known.with_lines(after, row.get("notes"))
    if row.get("lang_code"):
        after["language"] = row["lang_code"]
    status = str(row.get("status") or "")
    if status and status != after.get("status"):
        after = known.wrote_status(after, status, now)
    return after


def given_in(row: Mapping[str, Any]) -> set[str]:
    """The fields that the callback's row had; all of them where intake did not note it."""
    return set(row.get("given", (*FIELDS, "status", "notes")))


def watched(row: Mapping[str, Any], country: str) -> dict[str, Any]:
    """The fields of a parsed row that are looked at for changes, in a form in which equal ones are equal."""
    given = given_in(row)
    found = {name: row[name] for name in FIELDS if name in given}
    if "phone" in found:
        found["phone"] = phones.read(found["phone"], country).said
    return found


def request_id(flow: Flow) -> str:
    """The row's id."""
    parts = references.split(flow.subject)
    assert parts is not None  # noqa: S101 - only flows of call requests come here
    return parts[1]


def read(flow: Flow) -> dict[str, Any] | None:
    """The row, or None when the store has others and not this one.

    A row that was made at another time is another request: a store that was restored gives ids out again.
    """
    try:
        row = flow.call(cscart.CALL_REQUESTS_GET, path={"request_id": request_id(flow)})
    except NotFound:
        # So it answers too while the add-on is off: then its list is refused, and everything waits.
        flow.call(cscart.CALL_REQUESTS_LIST, query={"page": 1, "items_per_page": 1})
        return None
    if not isinstance(row, dict):
        raise Transient(
            vendor="cscart",
            operation=cscart.CALL_REQUESTS_GET.name,
            sentence="CS-Cart answered with something that is not a call request.",
        )
    with flow.ledger.read() as session:
        made, told = identity.made_at(session, flow.subject), seconds(row.get("timestamp"))
    return None if made and told and made != told else row


def _stands(row: Mapping[str, Any], fields: Mapping[str, Any], line: str) -> bool:
    """Does the row show what was written? Of the notes our line is enough: others write in them too."""
    return all(
        str(row.get(name)) == str(value) or bool(name == "notes" and line and line in str(row.get(name)))
        for name, value in fields.items()
    )


def _write(
    flow: Flow,
    shop: Shop,
    row: Mapping[str, Any],
    fields: Mapping[str, Any],
    line: str,
    mark: Mark,
    told: Mapping[str, Any] | None = None,
) -> str:
    """Set the fields, and add `line` to the notes unless it stands there; `told` is what the help desk has.

    Of the notes only our own line is remembered: what people wrote beside it is still to be told.
    """
    standing = str(row.get("notes") or "")
    narrow = not shop.store.utf8mb4
    if narrow:
        line = room.narrowed(line)
    fits: str | None = line
    notes = texts.append(standing, line, mark)
    if notes is not None:
        fits = room.fitting(standing, line, mark.text, shop.wording.word("rest_in_help_desk"))
        notes = texts.append(standing, fits, mark) if fits else None
    put(flow, fields if notes is None else {**fields, "notes": notes}, fits or "")
    if notes is not None and narrow and room.is_wide(notes):
        _mend(flow, notes)
    _remember(flow, fields, fits or "", told, shop.store.country)
    return _WRITTEN if fits else _FULL


def _mend(flow: Flow, notes: str) -> None:
    """People's own characters of four bytes went back as they came. A store that cut there gets the text
    without them."""
    row = read(flow)
    if row is not None and notes.startswith(cut := str(row.get("notes") or "")) and cut != notes:
        put(flow, {"notes": room.narrowed(notes)})


def put(flow: Flow, fields: Mapping[str, Any], line: str = "") -> None:
    """Set the fields; `line` is what is new in the notes."""
    if fields:
        shown.write(
            lambda: flow.call(
                cscart.CALL_REQUESTS_UPDATE, path={"request_id": request_id(flow)}, body=dict(fields)
            ),
            lambda: _stands(read(flow) or {}, fields, line),
        )


def _remember(
    flow: Flow,
    fields: Mapping[str, Any],
    line: str = "",
    told: Mapping[str, Any] | None = None,
    country: str = phones.HOME,
) -> None:
    now = flow.event.now

    def change(before: Known) -> Known:
        after = known.with_lines(before if told is None else saw(before, told, now, country), line)
        if "status" in fields:
            after = known.wrote_status(after, str(fields["status"]), now)
        others = {name: str(value) for name, value in fields.items() if name != "status"}
        if others:
            after = {**after, "set": {**after.get("set", {}), **others}}
        # It may stand there again: from a backup.
        return {name: value for name, value in after.items() if name != "deleted"} | {"at": now}

    flow.remember("cscart", request_id(flow), change)


def _gone(flow: Flow) -> str:
    now = flow.event.now
    flow.remember("cscart", request_id(flow), lambda before: {**before, "deleted": now})
    return _GONE
