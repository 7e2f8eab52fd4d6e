"""May what an event tells have moved on since? Then it is looked at before anything is written."""

from __future__ import annotations

from service.intake.call_request import CREATED, DELETED, UPDATED
from service.ledger import record
from service.ledger.clock import MINUTE
from workers.flows import freshness
from workers.flows.flow import Flow

# A callback is sent by the thing that it tells of. One that is older than this stood in somebody's queue.
LATE = 2 * MINUTE


def is_prompt(flow: Flow) -> bool:
    """Is the event worked so soon after what it tells that nobody can have done anything since?"""
    held = flow.event
    return held.now - min(held.received_at, held.time) + flow.age < LATE


def is_repeated(flow: Flow) -> bool:
    """Is the event a replay of what was told once before, as it was told?"""
    if not flow.event.replay_of:
        return False
    with flow.ledger.read() as session:
        return not record.was_corrected(session, flow.event)


def row_may_have_changed(flow: Flow) -> bool:
    """May the request's row be another by now than the event's? What a person corrected stays as it is."""
    with flow.ledger.read() as session:
        if record.was_corrected(session, flow.event):
            return False
        others = record.has_others(session, flow.event, flow.subject, (CREATED, UPDATED, DELETED))
    return others or not is_prompt(flow) or not freshness.is_fresh(flow)
