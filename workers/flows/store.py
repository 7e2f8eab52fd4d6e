"""Steps in the store (CS-Cart)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.intake import references
from service.intake.references import Mark
from service.ledger.clock import SECOND
from workers.flows import known, shown, texts
from workers.flows.flow import Flow
from workers.flows.known import Known
from workers.flows.shop import Shop
from workers.vendors.cscart import operations as cscart
from workers.vendors.errors import Transient

# The row in a callback is as it is in the store at that moment; after this nobody knows any more.
FRESH = 5 * SECOND
# A person has already brought the request to its end: it is not opened again.
ENDED = {"completed", "no_answer"}
# What the customer or the shop says in a row; its status and notes are looked at apart.
FIELDS = ("name", "phone", "email", "time_from", "time_to", "product", "order_id", "cart_products")


def read_row(flow: Flow) -> dict[str, Any]:
    """The request's row as it stands in the store now."""
    return flow.read("store.read", lambda: _read(flow))


def write_case(flow: Flow, shop: Shop, case_number: str) -> None:
    """Status `in_progress` and a line with the case's number in the notes.

    One call on the happy path: a PUT sets the whole notes, so what stands there has to be known, and a row
    that came complete a moment ago tells it. Otherwise the row is read again first.
    """

    def act() -> str:
        row = dict(flow.data) if _is_fresh(flow) else _read(flow)
        status = {} if row.get("status") in ENDED else {"status": "in_progress"}
        line, mark = case_line(flow, shop, case_number)
        notes = texts.append(row.get("notes"), line, mark)
        return _write(flow, status if notes is None else {**status, "notes": notes}, line, flow.data)

    flow.step("store.write", act)


def case_line(flow: Flow, shop: Shop, case_number: str) -> tuple[str, Mark]:
    """The line that names the case, with the number whatever the template says; and its mark."""
    mark = shop.case_mark(case_number)
    said = shop.say(flow, "store_case_line", case_number=case_number)
    return texts.marked(said if case_number in said else f"{said} {case_number}", mark.text), mark


def add_note(flow: Flow, line: str, mark: Mark) -> None:
    """`line` added to the request's notes; two calls, because what stands there is never overwritten."""

    def act() -> str:
        notes = texts.append(_read(flow).get("notes"), line, mark)
        return _write(flow, {} if notes is None else {"notes": notes}, line)

    if flow.known("cscart").get("deleted"):
        flow.remark("The request was deleted in the store: nothing was written there.")
    else:
        flow.step("store.note", act)


def set_fields(flow: Flow, fields: Mapping[str, Any]) -> None:
    """Status and the administrator in charge; one call, they are set whole."""
    flow.step("store.write", lambda: _write(flow, fields))


def saw(before: Known, row: Mapping[str, Any], now: int) -> Known:
    """What is known of the row once a callback has shown it, or the part of it that was given."""
    after = known.with_fields(before, watched(row))
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


def watched(row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a parsed row that are looked at for changes, in a form in which equal ones are equal."""
    given = given_in(row)
    found = {name: row[name] for name in FIELDS if name in given}
    if "phone" in found:
        found["phone"] = row.get("phone_e164") or found["phone"]
    return found


def _is_fresh(flow: Flow) -> bool:
    """Did the row come whole, a moment ago, and has nothing gone wrong since that may have changed it?"""
    event = flow.event
    age = event.now - event.received_at + flow.age
    return bool(flow.data["notes_known"]) and age < FRESH and not event.failures and not event.crashes


def request_id(flow: Flow) -> str:
    """The row's id."""
    parts = references.split(flow.subject)
    assert parts is not None  # noqa: S101 - only flows of call requests come here
    return parts[1]


def _read(flow: Flow) -> dict[str, Any]:
    row = flow.call(cscart.CALL_REQUESTS_GET, path={"request_id": request_id(flow)})
    if not isinstance(row, dict):
        raise Transient(
            vendor="cscart",
            operation=cscart.CALL_REQUESTS_GET.name,
            sentence="CS-Cart answered with something that is not a call request.",
        )
    return row


def _stands(row: Mapping[str, Any], fields: Mapping[str, Any], line: str) -> bool:
    """Does the row show what was written? Of the notes our line is enough: others write in them too."""
    return all(
        str(row.get(name)) == str(value) or bool(name == "notes" and line and line in str(row.get(name)))
        for name, value in fields.items()
    )


def _write(
    flow: Flow, fields: Mapping[str, Any], line: str = "", row: Mapping[str, Any] | None = None
) -> str:
    """Set the fields and remember them as ours; `line` is what was added to the notes, `row` what began it.

    Of the notes only our own line is remembered: what people wrote beside it is still to be told.
    """
    if fields:
        shown.write(
            lambda: flow.call(
                cscart.CALL_REQUESTS_UPDATE, path={"request_id": request_id(flow)}, body=dict(fields)
            ),
            lambda: _stands(_read(flow), fields, line),
        )
    now = flow.event.now

    def change(before: Known) -> Known:
        after = known.with_lines(before if row is None else saw(before, row, now), line)
        if "status" in fields:
            after = known.wrote_status(after, str(fields["status"]), now)
        return {**after, "at": now}

    flow.remember("cscart", request_id(flow), change)
    return "written"
