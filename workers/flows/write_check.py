"""Looks after a write whose answer was lost: it may be carried out late, over what others wrote meanwhile.

What stands there now is compared with what we know to have stood there since: by our own writes, by what was
read, and by what callbacks told. What the late one has taken away is written once more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.ledger import late, record
from service.ledger.tables import Attempt
from service.settings import Settings
from workers.flows import dialer, known, missing, room, shop, store
from workers.flows.flow import Flow
from workers.vendors.cscart.operations import CALL_REQUESTS_UPDATE

_NOTHING = "Nothing is missing."
_GONE = "It is not there any more: nothing to look after."


@dataclass(frozen=True)
class _Seen:
    """What the lost writes would set, what was set or seen later, and the texts that stood there then."""

    lost: Sequence[Mapping[str, Any]]
    later: Sequence[Mapping[str, Any]]
    texts: Sequence[str]


def run(flow: Flow, settings: Settings) -> None:
    """One vendor's thing: the request's row, or its contact."""
    in_store = flow.data["operation"] == CALL_REQUESTS_UPDATE.name
    seen = _seen(flow, "notes" if in_store else "description")
    if not seen.lost:
        flow.idle = True
        flow.remark(_NOTHING)
        return
    here = shop.of(flow, settings)
    number = flow.step("check", lambda: _in_store(flow, seen) if in_store else _in_dialer(flow, here, seen))
    flow.idle = not number
    if number is None:
        flow.remark(_GONE)
    else:
        flow.remark(f"{number} taken away by a late call: written again." if number else _NOTHING)


def _in_store(flow: Flow, seen: _Seen) -> int | None:
    row = store.read(flow)
    if row is None:
        return None
    gone, fields = _taken(row, "notes", seen)
    notes = missing.put_back(str(row.get("notes") or ""), gone, seen.texts)
    if gone and room.size(notes) > room.MOST_BYTES:
        flow.remark(store.FULL)
        gone = []
    store.put(flow, {**fields, "notes": notes} if gone else fields)
    if "status" in fields:
        now, status = flow.event.now, str(fields["status"])
        flow.remember(
            "cscart", store.request_id(flow), lambda one: {**known.wrote_status(one, status, now), "at": now}
        )
    return len(gone) + len(fields)


def _in_dialer(flow: Flow, here: shop.Shop, seen: _Seen) -> int | None:
    there = dialer.standing(flow, here)
    if there is None:
        return None
    path, contact = there
    gone, fields = _taken(contact, "description", seen)
    if gone:
        text = str(contact.get("description") or "")
        fields["description"] = missing.put_back(text, gone, seen.texts)
    if fields:
        dialer.put(flow, path, fields)
    return len(gone) + len(fields) - bool(gone)


def _taken(present: Mapping[str, Any], text: str, seen: _Seen) -> tuple[list[str], dict[str, Any]]:
    """The lines, and the other fields, that the late call has taken away."""
    lost = [str(one[text]) for one in seen.lost if text in one]
    lines = missing.lines(str(present.get(text) or ""), lost, seen.texts)
    others = [{name: value for name, value in one.items() if name != text} for one in seen.lost]
    return lines, missing.values(present, others, seen.later)


def _seen(flow: Flow, text: str) -> _Seen:
    """From the ledger: what was sent, what was answered, what was told."""
    attempt_id = int(flow.data["attempt"])
    with flow.ledger.read() as session:
        calls = list(late.calls_since(session, attempt_id))
        told = late.told_since(session, flow.subject, attempt_id)
    lost, later, texts = [], [], []
    before: Mapping[str, Any] = {}
    for call in calls:
        fields = _fields(call)
        if call.id < attempt_id:
            before = fields
        elif call.operation in late.OPERATIONS and _is_lost(call):
            lost.append(fields)
        elif call.outcome == record.OK:
            texts.append(str(fields.get(text) or ""))
            read = call.operation not in late.OPERATIONS
            # What is read as it was before the lost call is not news: it had not been carried out yet.
            later.append({k: v for k, v in fields.items() if not (read and str(v) == str(before.get(k)))})
    for one in told:
        contact = one.get("contact")
        source = contact if isinstance(contact, dict) else one
        texts.append(str(source.get(text) or ""))
    return _Seen(lost, later, texts)


def _is_lost(call: Attempt) -> bool:
    return call.ended_at is None or (call.outcome != record.OK and not record.is_answer(call.http_status))


def _fields(call: Attempt) -> Mapping[str, Any]:
    if call.operation in late.OPERATIONS:
        return dict((call.request or {}).get("body") or {})
    return dialer.contact_in(call.answer)
