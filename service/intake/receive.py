"""The one way into the ledger: record, commit, wake the lane."""

from __future__ import annotations

import logging
from typing import Any

from service.intake import identity
from service.intake.call_request import digest
from service.ledger import events
from service.ledger.database import Ledger
from service.ledger.events import NewEvent, Recorded
from service.ledger.life import OPEN, Status
from service.wake import Waker

log = logging.getLogger(__name__)


class Intake:
    """Takes events in. Once `receive` has returned, the event survives anything."""

    def __init__(self, ledger: Ledger, waker: Waker) -> None:
        self._ledger = ledger
        self._waker = waker

    def receive(self, new: NewEvent) -> Recorded:
        """Record the event and wake its lane. Raises SQLAlchemy's errors when the ledger is away."""
        with self._ledger.write() as session:
            recorded = events.record(session, identity.settled(session, new))
        if not recorded.duplicate and new.status in OPEN:
            self._waker.wake(new.lane)
        log.info(
            "event received",
            extra={
                "event_id": recorded.event_id,
                "type": new.type,
                "subject": new.subject,
                "duplicate": recorded.duplicate,
                "status": str(new.status),
            },
        )
        return recorded

    def reject(
        self, source: str, raw: bytes, content_type: str, message: str, fields: dict[str, Any]
    ) -> Recorded:
        """Move G: keep an authentic delivery that cannot be worked, for a person to mend and replay."""
        return self.receive(
            NewEvent(
                source=source,
                type=f"{source}.invalid",
                subject=f"{source}/invalid",
                dedupe_key=f"{source}/invalid/{digest(raw)}",
                data={"fields": fields},
                raw=raw,
                content_type=content_type,
                status=Status.REJECTED,
                message=message,
                next_action="Replay it with corrected data, or mend what the sender sends.",
            )
        )
