"""What is known of a thing at a vendor: what we saw there last, and what we wrote ourselves. Pure.

It tells what is news, and keeps an event that our own call caused from starting anything: a store's add-on
tells of the row that we have just written, the dialer shows the description that we have just sent. Nothing
in here says who somebody is: texts are kept as short digests of their lines, values as digests.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from service.ledger.clock import MINUTE, SECOND

OUR_OWN = "our own change"
"""What an event ends with that only says what we did ourselves."""

# Later than this after our own call, a webhook that brings nothing new has another cause.
ECHO = 5 * MINUTE
# A callback that tells of a state may arrive a little after the call that ended that state.
_LATE = 10 * SECOND
_MOST_LINES = 500
_MOST_STATUSES = 10
_MOST_MESSAGES = 200

Known = dict[str, Any]


def digest(value: Any) -> str:
    """Tells one value from another. 32 bits on purpose: they show a change and do not name a phone."""
    return hashlib.sha256(str(value or "").strip().encode()).hexdigest()[:8]


def digests(fields: Mapping[str, Any]) -> dict[str, str]:
    return {name: digest(value) for name, value in fields.items()}


def lines_of(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def with_lines(known: Known, text: str | None) -> Known:
    """`known`, and the lines of a text that was seen or written. Lines are never forgotten for being gone."""
    old = known.get("lines", [])
    seen = dict.fromkeys([*old, *(digest(line) for line in lines_of(text))])
    return {**known, "lines": list(seen)[-_MOST_LINES:]}


def new_lines(known: Known, text: str | None) -> str:
    """The lines of the text that were never seen nor written; "" when there is none."""
    seen = set(known.get("lines", []))
    return "\n".join(line for line in lines_of(text) if digest(line) not in seen)


def with_fields(known: Known, fields: Mapping[str, Any]) -> Known:
    return {**known, "fields": {**known.get("fields", {}), **digests(fields)}}


def changed(known: Known, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields whose values are not what was seen last; one that was never seen counts as empty."""
    seen = known.get("fields", {})
    return {name: value for name, value in fields.items() if digest(value) != seen.get(name, digest(""))}


def wrote_status(known: Known, status: str, now: int) -> Known:
    """`known` after we have written the status, or seen it there, at `now`."""
    history = [*known.get("statuses", []), [now, status]][-_MOST_STATUSES:]
    return {**known, "status": status, "statuses": history}


def is_news(known: Known, status: str, received_at: int) -> bool:
    """Does a status that a callback brought at `received_at` say what we neither know nor did?

    A status that we wrote counts as ours for as long as it stood, and a little longer: callbacks wait their
    turn here, and what they tell may have been overwritten since.
    """
    if not status or status == known.get("status"):
        return False
    history: Sequence[Sequence[Any]] = known.get("statuses", [])
    overwritten_at = [entry[0] for entry in history[1:]]
    return not any(
        status == value and ended_at > received_at - _LATE
        for (_, value), ended_at in zip(history, overwritten_at, strict=False)
    )


def after(known: Known, content: Mapping[str, Any]) -> str:
    """Tells one change from another: by what it leads to, and by what was told last.

    So a change back to what it was is another one, each time.
    """
    whole = json.dumps([known.get("told", ""), content], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(whole.encode(errors="replace")).hexdigest()[:32]


def with_message(known: Known, message_id: str) -> Known:
    """`known`, and a message or note that we made."""
    ids = dict.fromkeys([*known.get("messages", []), message_id])
    return {**known, "messages": list(ids)[-_MOST_MESSAGES:]}


def wrote_message(known: Known, message_id: str | None) -> bool:
    return message_id is not None and message_id in known.get("messages", [])


def case_state(case: Mapping[str, Any]) -> dict[str, Any]:
    """What of a case is carried, as the help desk's API tells it."""
    labels = case.get("labels")
    ids: Iterable[Any] = labels.values() if isinstance(labels, dict) else labels or []
    return {
        "status": str(case.get("status") or ""),
        "labels": sorted(int(one) for one in ids if str(one).isdecimal()),
        "staff_id": str(case.get("staff_id") or ""),
    }


def is_echo(known: Known, received_at: int) -> bool:
    """Did it come so soon after a call of ours that this call will have caused it?"""
    return bool(received_at - known.get("at", -ECHO) < ECHO)
