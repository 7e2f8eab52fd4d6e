"""What a row of the store's list becomes: an event with the key that its callback's would have. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from marshmallow import ValidationError

from service.intake import call_request
from service.intake.body import storable
from service.intake.call_request import CREATED, Delivery
from service.intake.fields import seconds, whole
from service.ledger.clock import MINUTE, SECOND
from service.ledger.events import NewEvent
from service.ledger.life import Lane, Origin, Status
from service.problem import sentences

# A younger request's customer may still be at the telephone; an older one's must not push those aside.
WAITED_FOR = 60 * MINUTE
# A person has brought the request to its end before we heard of it: calling the customer would be a mistake.
ENDED = frozenset({"completed", "no_answer"})


def number(row: Mapping[str, Any]) -> int:
    """The row's id; 0 when it has none that can be read."""
    return int(whole(row.get("request_id")) or 0)


def made_at(row: Mapping[str, Any]) -> int:
    """When the row was made, in ms by the store's clock; 0 when it does not say."""
    return (seconds(row.get("timestamp")) or 0) * SECOND


def to_event(row: Mapping[str, Any], now: int, *, origin: Origin, lane: Lane | None = None) -> NewEvent:
    """The row as an event; `now` in ms. Without a `lane` its age decides.

    A row that cannot be read becomes a rejected event, and one that was dealt with an event that has ended:
    both are seen once and kept.
    """
    young = now - made_at(row) < WAITED_FOR
    chosen = lane or (Lane.INTERACTIVE if young else Lane.BULK)
    content = storable(dict(row))
    raw = json.dumps(content, ensure_ascii=False).encode()
    try:
        new = call_request.to_event(Delivery(CREATED, content), raw, "application/json")
    except ValidationError as error:
        return NewEvent(
            source="cscart",
            type="cscart.invalid",
            subject="cscart/invalid",
            dedupe_key=f"cscart/invalid/{call_request.digest(raw)}",
            data={"fields": error.messages},
            raw=raw,
            lane=chosen,
            origin=origin,
            status=Status.REJECTED,
            message="A row of the store's list is not valid: " + "; ".join(sentences(error.messages)),
            next_action="Replay it with corrected data, or mend the row in the store.",
        )
    if row.get("status") in ENDED:
        return replace(
            new,
            lane=chosen,
            origin=origin,
            status=Status.DONE,
            message="Recorded only: found in the store's list, where it had been dealt with already.",
        )
    return replace(new, lane=chosen, origin=origin)
