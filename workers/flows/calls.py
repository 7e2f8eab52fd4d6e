"""Makes one vendor call for an event: asks for a permit, writes the attempt, sends, writes how it ended."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy.orm import Session

from service import wake
from service.ledger import late, operators, record
from service.ledger.claims import Claimed
from service.ledger.database import Ledger
from service.settings import Settings
from workers.flows import kept, standing
from workers.flows.rewound import Rewound
from workers.flows.standing import OVERRULED
from workers.pacing import gate
from workers.pacing.accounts import accounts, turn_key
from workers.pacing.bulkhead import Bulkhead
from workers.pacing.mirror import Mirror
from workers.pacing.pacer import Pacer, Permit, Refusal, Summary
from workers.pacing.reference import LIFETIME_SECONDS, Reference
from workers.vendors.answers import Answer
from workers.vendors.errors import Quota, RateLimited, ThingDenied, Transient, UnknownOutcome, VendorError
from workers.vendors.operation import Operation
from workers.vendors.transport import Transport

log = logging.getLogger(__name__)

# A worker that stood still between writing the attempt and sending it may have been overtaken: another has
# then looked for what this call would do, and will do it itself. Far below a lease.
LATEST_SECONDS = 5.0


class Calls:
    """The vendors, as the flows of this process reach them."""

    def __init__(self, ledger: Ledger, transport: Transport, settings: Settings) -> None:
        self._ledger = ledger
        self._transport = transport
        self._accounts = accounts(settings)
        self._mirror = Mirror(ledger)
        client = redis.Redis.from_url(
            settings.redis_url,
            socket_connect_timeout=wake.REDIS_SECONDS,
            # Redis answers in a fraction of a millisecond; on a busy machine a thread may wait for its turn.
            socket_timeout=4 * wake.REDIS_SECONDS,
            # Once more, at once: the connection may be older than the server. No thread waits for a Redis
            # that is away (the client's own default is some ten seconds); the event does.
            retry=Retry(NoBackoff(), 1),
        )
        self.rewound = Rewound(ledger, client)
        self._reference = Reference(client)
        self._bulkhead = Bulkhead()
        self._pacer = Pacer(client, Random(), recall=self._mirror.recall)  # noqa: S311 - jitter

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
        """Make the call and give the vendor's JSON.

        Raises `gate.Wait`, `VendorError`, `LeaseLost`, or `InvalidInput` before anything is spent.
        """
        operation.check(path=path, query=query, body=body)
        with self._bulkhead.slot(operation.vendor, held.lane):
            permit = self.reserve(held, operation)
            return self.send(permit, [held], step, operation, path=path, query=query, body=body)

    def reference(
        self,
        held: Claimed,
        step: str,
        operation: Operation,
        *,
        query: Mapping[str, Any] | None = None,
        lifetime: int = LIFETIME_SECONDS,
    ) -> Any:
        """The JSON of a list that seldom changes, `lifetime` seconds old at most. Raises as `call`."""
        asked = json.dumps(query, sort_keys=True, default=str) if query else ""
        return self._reference.get(
            f"{self._accounts[operation.vendor].id}:{operation.name}:{asked}",
            lambda: self.call(held, step, operation, query=query),
            lifetime,
        )

    def reserve(self, held: Claimed, operation: Operation) -> Permit:
        """A permit for one call, to be used by `send` or given back by `release`. Raises `gate.Wait`."""
        try:
            answer = self._acquire(held, operation, forced=held.forced)
            if isinstance(answer, Refusal) and answer.why in OVERRULED and self._is_tried(operation.vendor):
                answer = self._acquire(held, operation, forced=True)
        except redis.RedisError as error:
            raise standing.without_redis(operation.vendor, error) from None
        if isinstance(answer, Refusal):
            raise standing.not_now(operation, answer)
        return answer

    def _acquire(self, held: Claimed, operation: Operation, *, forced: bool) -> Permit | Refusal:
        return self._pacer.acquire(
            self._accounts[operation.vendor],
            lane=held.lane,
            kind=operation.cost,
            key=turn_key(held.subject),
            operation=operation.name,
            subject=held.subject,
            # Each claim of an event that neither failed nor crashed was one that had to wait.
            again=held.claim - 1 > held.failures + held.crashes,
            forced=forced,
        )

    def _is_tried(self, vendor: str) -> bool:
        """Does a person want one call to the vendor now, and is it this one?"""
        with self._ledger.read() as session:
            if not operators.is_tried(session, vendor):
                return False
        with self._ledger.write() as session:
            return operators.take_try(session, vendor)

    def release(self, permit: Permit) -> None:
        """The call is not made after all."""
        try:
            self._pacer.release(permit)
        except redis.RedisError:
            log.warning("redis is away, the permit lapses by itself")

    def send(
        self,
        permit: Permit,
        events: Sequence[Claimed],
        step: str,
        operation: Operation,
        *,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """Make the call that the permit is for, on behalf of one event or several. Raises as `call` does."""
        asked = time.monotonic()
        try:
            attempts = self._begin(events, step, operation, kept.request(operation, path, query, body))
        except BaseException:
            self.release(permit)
            raise
        self.rewound.saw(max(attempts))
        try:
            if time.monotonic() - asked > LATEST_SECONDS:
                raise _stood_still(operation)
            answer = self._transport.send(operation, path=path, query=query, body=body)
        except VendorError as error:
            summary = self._settle(permit, error)
            told = standing.for_all(error, summary)
            with self._ledger.write() as session:
                for held, attempt in zip(events, attempts, strict=True):
                    record.end_attempt(
                        session,
                        attempt,
                        outcome=error.outcome,
                        http_status=error.status,
                        message=error.sentence,
                        calls_left=error.quota.left,
                    )
                    if error.sent and not record.is_answer(error.status):
                        late.expect(session, held.seq, attempt, operation.name)
                standing.denied(session, told)
                self._keep(session, permit, summary)
            raise told from None
        summary = self._settle(permit, answer)
        shown = kept.answer(operation, answer.data)
        with self._ledger.write() as session:
            for attempt in attempts:
                record.end_attempt(
                    session,
                    attempt,
                    outcome=record.OK,
                    http_status=answer.status,
                    calls_left=answer.quota.left,
                    answer=shown,
                )
            standing.answered(session, operation.vendor, summary)
            self._keep(session, permit, summary)
        return answer.data

    def _begin(
        self, events: Sequence[Claimed], step: str, operation: Operation, request: dict[str, Any]
    ) -> list[int]:
        with self._ledger.write() as session:
            standing.enter(session, operation.vendor, forced=any(held.forced for held in events))
            return [
                record.begin_attempt(
                    session,
                    held,
                    step=step,
                    vendor=operation.vendor,
                    operation=operation.name,
                    repeatable=operation.repeatable,
                    request=request | {"event": kept.view(held)},
                )
                for held in events
            ]

    def _settle(self, permit: Permit, came: Answer | VendorError) -> Summary | None:
        """Tell the shared state how the call ended. Without Redis the permit lapses by itself."""
        try:
            if isinstance(came, RateLimited):
                seconds = gate.FREEZE_SECONDS if came.retry_after is None else came.retry_after
                return self._pacer.freeze(permit, seconds, told=came.retry_after is not None)
            quota: Quota = came.quota
            charged = not isinstance(came, VendorError) or came.sent
            summary = self._pacer.settle(
                permit,
                ok=standing.worked(came),
                left=quota.left,
                limit=quota.limit,
                retry_after=quota.retry_after,
                charged=charged,
                denied=isinstance(came, ThingDenied),
            )
            if isinstance(came, (Transient, UnknownOutcome)) and came.retry_after:
                return self._pacer.freeze(permit, came.retry_after, told=True, refused=False)
            return summary
        except redis.RedisError as error:
            log.warning("redis does not answer, the permit lapses", extra={"error": type(error).__name__})
            return None

    def _keep(self, session: Session, permit: Permit, summary: Summary | None) -> None:
        if summary and self._mirror.due(permit.account, summary):
            self._mirror.write(session, permit.account, summary)


def _stood_still(operation: Operation) -> Transient:
    return Transient(
        vendor=operation.vendor,
        operation=operation.name,
        sentence="The worker stood still before the call, which was not sent.",
        sent=False,
    )
