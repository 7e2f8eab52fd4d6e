"""Makes one vendor call for an event: asks the gate, writes the attempt, sends, writes how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from service.ledger import operators, record
from service.ledger.claims import Claimed
from service.ledger.clock import SECOND, db_now
from service.ledger.database import Ledger
from service.ledger.operators import DENIED, RUNNING
from service.ledger.tables import Vendor
from service.settings import Settings
from workers.pacing import gate
from workers.pacing.gate import VendorState
from workers.vendors.answers import Quota
from workers.vendors.errors import AccessDenied, RateLimited, VendorError
from workers.vendors.operation import Operation
from workers.vendors.transport import Transport


class Calls:
    """The vendors, as the flows of this process reach them."""

    def __init__(self, ledger: Ledger, transport: Transport, settings: Settings) -> None:
        self._ledger = ledger
        self._transport = transport
        self._window = settings.omnidesk.quota_window_seconds * SECOND
        self._limit = settings.omnidesk.quota_per_window

    def call(
        self,
        held: Claimed,
        step: str,
        operation: Operation,
        *,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """Make the call and give the vendor's JSON. Raises `gate.Wait`, `VendorError` or `LeaseLost`."""
        attempt = self._begin(held, step, operation)
        try:
            answer = self._transport.send(operation, path=path, query=query, body=body)
        except VendorError as error:
            with self._ledger.write() as session:
                record.end_attempt(
                    session,
                    attempt,
                    outcome=error.outcome,
                    http_status=error.status,
                    message=error.sentence,
                )
                self._learn_from_error(session, error)
            raise
        with self._ledger.write() as session:
            record.end_attempt(
                session, attempt, outcome="ok", http_status=answer.status, calls_left=answer.quota.left
            )
            self._learn(session, operation.vendor, answer.quota)
        return answer.data

    def _begin(self, held: Claimed, step: str, operation: Operation) -> int:
        with self._ledger.write() as session:
            row = operators.vendor(session, operation.vendor)
            now: int = session.scalar(db_now().select()) or 0
            known = VendorState(row.state, row.not_before, row.quota_left, row.quota_seen_at)
            gate.check(known, operation, now, self._window)
            return record.begin_attempt(
                session,
                held,
                step=step,
                vendor=operation.vendor,
                operation=operation.name,
                repeatable=operation.repeatable,
            )

    def _learn(self, session: Session, vendor: str, quota: Quota) -> None:
        """A good answer: the vendor lets us in, and may have told how many calls are left."""
        row = operators.vendor(session, vendor)
        values: dict[str, Any] = {}
        if row.state == DENIED:
            values |= {"state": RUNNING, "message": None, "not_before": 0, "changed_at": db_now()}
        if quota.left is not None:
            values |= {
                "quota_left": quota.left,
                "quota_seen_at": db_now(),
                "quota_limit": quota.limit or self._limit or row.quota_limit,
            }
        if values:
            session.execute(update(Vendor).where(Vendor.name == vendor).values(values))

    @staticmethod
    def _learn_from_error(session: Session, error: VendorError) -> None:
        """A refusal that holds for every call: others need not meet it too."""
        row = operators.vendor(session, error.vendor)
        if isinstance(error, RateLimited):
            seconds = gate.FREEZE_SECONDS if error.retry_after is None else error.retry_after
            values = {
                "quota_left": 0,
                # The freeze says when to ask again; how many calls are left then is not known.
                "quota_seen_at": None,
                "not_before": db_now() + int(seconds * SECOND),
            }
        elif isinstance(error, AccessDenied) and row.state == RUNNING:
            values = {
                "state": DENIED,
                "message": f"{error.sentence} {error.next_action}",
                "changed_by": None,
                "changed_at": db_now(),
                "not_before": db_now() + gate.DENIED_PROBE,
            }
        elif isinstance(error, AccessDenied):
            values = {"not_before": db_now() + gate.DENIED_PROBE}
        else:
            return
        session.execute(update(Vendor).where(Vendor.name == error.vendor).values(values))
