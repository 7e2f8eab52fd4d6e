"""What a call teaches of its vendor's standing: refused access, let in again, and why no call is made now."""

from __future__ import annotations

import logging
from typing import Any

import redis
from sqlalchemy import update
from sqlalchemy.orm import Session

from service.ledger import operators, waiting
from service.ledger.clock import SECOND, db_now
from service.ledger.life import Reason
from service.ledger.operators import DENIED, RUNNING
from service.ledger.tables import Vendor
from workers.pacing import gate
from workers.pacing.gate import VendorState, Wait
from workers.pacing.pacer import Refusal, Summary
from workers.vendors.answers import TITLES, Answer
from workers.vendors.errors import AccessDenied, ThingDenied, Transient, UnknownOutcome, VendorError
from workers.vendors.operation import Operation

log = logging.getLogger(__name__)

# Without the shared state nobody knows what may be spent. A restart of Redis takes about a second.
AWAY_LOOK = 2 * SECOND
# What a person's wish overrules: the vendor was thought to be down, or to have nothing left.
OVERRULED = {"breaker", "frozen", "spent"}


def worked(came: Answer | VendorError) -> bool | None:
    """For the breaker: a refusal shows a vendor at work, access denied says nothing of that."""
    if isinstance(came, (Transient, UnknownOutcome)):
        return False
    return None if isinstance(came, AccessDenied) else True


def enter(session: Session, vendor: str, *, forced: bool) -> None:
    """Raise `Wait` unless the vendor may be called; one that denied access is asked by one call at a time."""
    row = operators.vendor(session, vendor)
    now: int = session.scalar(db_now().select()) or 0
    gate.check(VendorState(row.state, row.not_before), vendor, now, forced=forced)
    if row.state == DENIED:
        session.execute(update(Vendor).where(Vendor.name == vendor).values(not_before=now + gate.PROBE_GAP))


def answered(session: Session, vendor: str, summary: Summary | None) -> None:
    """A good answer: a vendor that refused access lets us in again, and what waited for that goes on."""
    let_in = session.execute(
        update(Vendor)
        .where(Vendor.name == vendor, Vendor.state == DENIED)
        .values(state=RUNNING, message=None, not_before=0, changed_at=db_now())
        .returning(Vendor.name)
    ).scalar_one_or_none()
    if let_in or (summary and summary.get("freed")):
        waiting.wake(session, vendor)


def denied(session: Session, error: VendorError) -> None:
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


def for_all(error: VendorError, summary: Summary | None) -> VendorError:
    """The error itself; access that was refused to one thing after another is refused to us."""
    if not (isinstance(error, ThingDenied) and summary and summary.get("denied")):
        return error
    title = TITLES[error.vendor]
    return AccessDenied(
        vendor=error.vendor,
        operation=error.operation,
        sentence=f"{title} refuses access to one thing after another ({error.operation}, {error.status}).",
        next_action=f"Check {error.vendor.upper()}_API_KEY and the rights of the account that it belongs to.",
        status=error.status,
        code=error.code,
        quota=error.quota,
    )


def without_redis(vendor: str, error: redis.RedisError) -> Wait:
    """Why there is no permit, when the shared state did not answer as it should."""
    title = TITLES[vendor]
    if isinstance(error, (redis.ConnectionError, redis.TimeoutError)):
        log.warning("redis is away, no call is made", extra={"error": type(error).__name__})
        message = f"Redis is away, and with it what may be spent at {title}."
    else:
        log.error("redis refuses, no call is made", extra={"vendor": vendor, "error": str(error)[:200]})
        message = f"Redis is there, but does not keep what may be spent at {title}: see the worker's log."
    return Wait(Reason.QUOTA, AWAY_LOOK, message, vendor)


def not_now(operation: Operation, refusal: Refusal) -> Wait:
    """Why not now, in words for an operator."""
    title = TITLES[operation.vendor]
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
    reason = Reason.BREAKER if refusal.why == "breaker" else Reason.QUOTA
    return Wait(reason, refusal.delay, message, operation.vendor)
