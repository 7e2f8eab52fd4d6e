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
from sqlalchemy import update
from sqlalchemy.orm import Session

from service import wake
from service.ledger import late, operators, record
from service.ledger.claims import Claimed
from service.ledger.clock import SECOND, db_now
from service.ledger.database import Ledger
from service.ledger.life import Reason
from service.ledger.operators import DENIED, RUNNING
from service.ledger.tables import Vendor
from service.settings import Settings
from workers.flows import kept
from workers.flows.rewound import Rewound
from workers.pacing import gate
from workers.pacing.accounts import accounts, turn_key
from workers.pacing.bulkhead import Bulkhead
from workers.pacing.gate import VendorState, Wait
from workers.pacing.mirror import Mirror
from workers.pacing.pacer import Pacer, Permit, Refusal, Summary
from workers.pacing.reference import LIFETIME_SECONDS, Reference
from workers.vendors.answers import TITLES, Answer
from workers.vendors.errors import AccessDenied, Quota, RateLimited, Transient, UnknownOutcome, VendorError
from workers.vendors.operation import Operation
from workers.vendors.transport import Transport

log = logging.getLogger(__name__)

# Without the shared state nobody knows what may be spent. A restart of Redis takes about a second.
AWAY_LOOK = 2 * SECOND


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
        title = TITLES[operation.vendor]
        try:
            answer = self._pacer.acquire(
                self._accounts[operation.vendor],
                lane=held.lane,
                kind=operation.cost,
                key=turn_key(held.subject),
                operation=operation.name,
                # Each claim of an event that neither failed nor crashed was one that had to wait.
                again=held.claim - 1 > held.failures + held.crashes,
            )
        except redis.RedisError as error:
            log.warning("redis is away, no call is made", extra={"error": type(error).__name__})
            message = f"Redis is away, and with it what may be spent at {title}."
            raise Wait(Reason.QUOTA, AWAY_LOOK, message) from None
        if isinstance(answer, Refusal):
            raise _wait(title, operation, answer)
        return answer

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
                _learn_from_error(session, error)
                self._keep(session, permit, summary)
            raise
        summary = self._settle(permit, answer)
        told = kept.answer(operation, answer.data)
        with self._ledger.write() as session:
            for attempt in attempts:
                record.end_attempt(
                    session,
                    attempt,
                    outcome=record.OK,
                    http_status=answer.status,
                    calls_left=answer.quota.left,
                    answer=told,
                )
            _let_in(session, operation.vendor)
            self._keep(session, permit, summary)
        return answer.data

    def _begin(
        self, events: Sequence[Claimed], step: str, operation: Operation, request: dict[str, Any]
    ) -> list[int]:
        with self._ledger.write() as session:
            row = operators.vendor(session, operation.vendor)
            now: int = session.scalar(db_now().select()) or 0
            gate.check(VendorState(row.state, row.not_before), operation.vendor, now)
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
                ok=_worked(came),
                left=quota.left,
                limit=quota.limit,
                retry_after=quota.retry_after,
                charged=charged,
            )
            if isinstance(came, (Transient, UnknownOutcome)) and came.retry_after:
                return self._pacer.freeze(permit, came.retry_after, told=True, refused=False)
            return summary
        except redis.RedisError as error:
            log.warning("redis is away, the permit lapses", extra={"error": type(error).__name__})
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


def _worked(came: Answer | VendorError) -> bool | None:
    """For the breaker: a refusal shows a vendor at work, access denied says nothing of that."""
    if isinstance(came, (Transient, UnknownOutcome)):
        return False
    return None if isinstance(came, AccessDenied) else True


def _wait(title: str, operation: Operation, refusal: Refusal) -> Wait:
    """Why not now, in words for an operator."""
    match refusal.why:
        case "breaker" if refusal.breaker == "*":
            message = f"{title} failed again and again; it is tried again soon."
        case "breaker":
            message = f"{operation.name} failed again and again; it is tried again soon."
        case "frozen":
            message = f"{title} asked to wait."
        case "busy" | "rate":
            message = f"As many calls to {title} as are configured are under way."
        case "probe":
            message = f"A new window of {title}'s quota: one call finds out what it gives."
        case "turn":
            message = f"Others' turn in {title}'s quota."
        case "pace" | "reserve" | "scout" | "share":
            message = f"{title}'s quota is spread over its window, with something kept for people."
        case _:
            message = f"{title}'s quota is used up; a new window opens soon."
    return Wait(Reason.BREAKER if refusal.why == "breaker" else Reason.QUOTA, refusal.delay, message)


def _let_in(session: Session, vendor: str) -> None:
    """A good answer: a vendor that refused access lets us in again."""
    session.execute(
        update(Vendor)
        .where(Vendor.name == vendor, Vendor.state == DENIED)
        .values(state=RUNNING, message=None, not_before=0, changed_at=db_now())
    )


def _learn_from_error(session: Session, error: VendorError) -> None:
    """A refusal that holds for every call: others need not meet it too."""
    if not isinstance(error, AccessDenied):
        return
    row = operators.vendor(session, error.vendor)
    values: dict[str, Any] = {"not_before": db_now() + gate.DENIED_PROBE}
    if row.state == RUNNING:
        values |= {
            "state": DENIED,
            "message": f"{error.sentence} {error.next_action}",
            "changed_by": None,
            "changed_at": db_now(),
        }
    session.execute(update(Vendor).where(Vendor.name == error.vendor).values(values))
