"""Is an event word of what has happened just now, or may it have been carried before by a ledger that forgot?

Fresh is what a callback brought, soon after the row was made, while nobody had dealt with it. Everything else
(found in a list, asked for by a person, replayed, late, from a ledger that was restored since) is looked up
at the vendors by its reference before anything is made.
"""

from __future__ import annotations

from service.intake.call_request import CREATED
from service.ledger import record
from service.ledger.clock import HOUR, MINUTE, SECOND
from service.ledger.life import Origin
from workers.flows import rewound
from workers.flows.flow import Flow

# A callback is sent by what it tells of, within seconds. Above the difference of two clocks that nobody sets.
LATE = HOUR
# A store's clock may differ from ours by as much.
_ASKEW = MINUTE
UNTOUCHED = {"", "new"}
"""Statuses of a row that nobody has dealt with."""


def may_have_changed(flow: Flow) -> bool:
    """May the row be another by now than the event's? What a person corrected for a replay stays as it is."""
    with flow.ledger.read() as session:
        corrected = record.was_corrected(session, flow.event)
    return not corrected and not is_fresh(flow)


def is_fresh(flow: Flow) -> bool:
    """Can nobody have carried it before?"""
    held, data = flow.event, flow.data
    if held.origin != Origin.CALLBACK or held.replay_of is not None:
        return False
    with flow.ledger.read() as session:
        went_back = rewound.at(session)
    if held.type != CREATED:
        # Nothing says when it happened. What the ledger has forgotten is told once more soon, if ever.
        return not went_back or held.received_at - went_back > LATE
    made_at = data["timestamp"] * SECOND if data.get("timestamp") else held.time
    if went_back and min(held.received_at, made_at) <= went_back + _ASKEW:
        return False
    return data["status"] in UNTOUCHED and held.received_at - made_at < LATE
