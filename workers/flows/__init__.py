"""What each type of event does: `FLOWS` names the function for each, written with the steps beside it."""

from __future__ import annotations

from collections.abc import Callable

from service.config.model import Flows
from service.intake.call_request import CREATED, DELETED, MESSAGE, UPDATED
from service.intake.omnidesk import CASE_CHANGED, MESSAGE_NEW
from service.ledger.life import CHECK
from service.settings import Settings
from workers.flows import (
    call_request_created,
    call_request_deleted,
    call_request_message,
    call_request_updated,
    call_result,
    case_changed,
    case_edit,
    contact_changed,
    message_new,
    polls,
    reconcile,
    write_check,
)
from workers.flows.flow import Flow
from workers.reconcile.names import BACKFILL, RECONCILE

FLOWS: dict[str, Callable[[Flow, Settings], None]] = {
    CREATED: call_request_created.run,
    UPDATED: call_request_updated.run,
    DELETED: call_request_deleted.run,
    MESSAGE: call_request_message.run,
    MESSAGE_NEW: message_new.run,
    CASE_CHANGED: case_changed.run,
    polls.POLL_CONTACTS: polls.contacts,
    polls.CONTACT_CHANGED: contact_changed.run,
    polls.POLL_RESULTS: polls.results,
    polls.CALL_RESULT: call_result.run,
    case_edit.TYPE: case_edit.run,
    RECONCILE: reconcile.reconcile,
    BACKFILL: reconcile.backfill,
    CHECK: write_check.run,
}

# The switch in perezvon.toml for each type. A backfill has none: a person asked for it. Nor has a check.
_SWITCHES: dict[str, Callable[[Flows], bool]] = {
    CREATED: lambda flows: flows.call_request_created,
    UPDATED: lambda flows: flows.call_request_updated,
    DELETED: lambda flows: flows.call_request_deleted,
    MESSAGE: lambda flows: flows.call_request_message,
    MESSAGE_NEW: lambda flows: flows.message_new,
    CASE_CHANGED: lambda flows: flows.case_changed,
    polls.POLL_CONTACTS: lambda flows: flows.contact_changed,
    polls.CONTACT_CHANGED: lambda flows: flows.contact_changed,
    polls.POLL_RESULTS: lambda flows: flows.call_results,
    polls.CALL_RESULT: lambda flows: flows.call_results,
    RECONCILE: lambda flows: flows.reconciliation,
}

SWITCHED_OFF = "switched off in perezvon.toml"
"""What an event ends with whose flow is off."""


def is_on(kind: str, flows: Flows) -> bool:
    """Is the flow of that type of event on?"""
    switch = _SWITCHES.get(kind)
    return switch is None or switch(flows)
