"""What becomes of an event after a run of its flow. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from service.config.model import Config
from service.ledger.clock import SECOND
from service.ledger.life import Reason
from workers.pacing import backoff, gate
from workers.pacing.gate import Wait
from workers.vendors.errors import AccessDenied, RateLimited, Transient, UnknownOutcome, VendorError


@dataclass(frozen=True)
class Done:
    """Everything took effect; `message` says what was left out and why, if anything was."""

    message: str | None


@dataclass(frozen=True)
class Later:
    """Again in `delay` ms; `failed` when the vendor failed, as opposed to when we were told to wait.

    `vendors`: all that it waits for, the one that is due first in front.
    """

    reason: Reason
    delay: int
    message: str
    failed: bool
    vendors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dead:
    """It will not succeed by itself."""

    message: str
    next_action: str


Trouble = VendorError | Wait


def decide(
    troubles: Sequence[Trouble], remarks: Sequence[str], failures: int, randomness: Random, config: Config
) -> Done | Later | Dead:
    """The event's next move, from what kept its branches from their ends.

    While one branch may still succeed the event waits for it, even when another one never will.
    """
    if not troubles:
        return Done(" ".join(remarks) or None)
    hopeful = [later for one in troubles if (later := _later(one, failures, randomness, config))]
    if hopeful:
        # A short wait beside a failure must not bring the event back to what failed before its time.
        failed = [one for one in hopeful if one.failed]
        first = min(failed or hopeful, key=lambda one: one.delay)
        others = sorted(hopeful, key=lambda one: one.delay)
        return replace(
            first, vendors=tuple(dict.fromkeys(v for one in (first, *others) for v in one.vendors))
        )
    messages = [str(one) for one in troubles]
    if any(isinstance(one, VendorError) and one.retryable for one in troubles):
        messages.append(f"Given up after {failures} failures.")
    actions = [one.next_action for one in troubles if isinstance(one, VendorError) and one.next_action]
    return Dead(
        " ".join(messages), " ".join(dict.fromkeys(actions)) or "Retry the event once that is mended."
    )


def _later(trouble: Trouble, failures: int, randomness: Random, config: Config) -> Later | None:
    """When to come again; None when it would be for nothing."""
    if isinstance(trouble, Wait):
        vendors = (trouble.vendor,) if trouble.vendor else ()
        return Later(trouble.reason, trouble.delay, trouble.message, failed=False, vendors=vendors)
    vendors = (trouble.vendor,)
    if isinstance(trouble, AccessDenied):
        # The vendor's whole lane stands; the event itself did nothing wrong.
        return Later(Reason.PAUSED, gate.DENIED_PROBE, trouble.sentence, failed=False, vendors=vendors)
    if isinstance(trouble, RateLimited):
        seconds = gate.FREEZE_SECONDS if trouble.retry_after is None else trouble.retry_after
        # Not all at once when the window opens.
        delay = int((seconds + randomness.uniform(0, 1)) * SECOND)
        return Later(Reason.QUOTA, delay, trouble.sentence, failed=False, vendors=vendors)
    schedule = config.retry_unknown if isinstance(trouble, UnknownOutcome) else config.retry_transient
    if not trouble.retryable or failures >= schedule.most_failures:
        return None
    seconds = backoff.delay(failures, randomness, schedule)
    if isinstance(trouble, (Transient, UnknownOutcome)) and trouble.retry_after is not None:
        seconds += trouble.retry_after
    return Later(Reason.BACKOFF, int(seconds * SECOND), trouble.sentence, failed=True, vendors=vendors)
