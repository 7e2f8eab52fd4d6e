"""What each type of event does: `FLOWS` names the function for each, written with the steps beside it."""

from __future__ import annotations

from collections.abc import Callable

from service.intake.call_request import CREATED
from service.intake.omnidesk import MESSAGE_NEW
from service.settings import Settings
from workers.flows import call_request_created, case_edit, message_new, reconcile
from workers.flows.flow import Flow
from workers.reconcile.names import BACKFILL, RECONCILE

FLOWS: dict[str, Callable[[Flow, Settings], None]] = {
    CREATED: call_request_created.run,
    MESSAGE_NEW: message_new.run,
    case_edit.TYPE: case_edit.run,
    RECONCILE: reconcile.reconcile,
    BACKFILL: reconcile.backfill,
}
