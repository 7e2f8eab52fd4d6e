"""May a vendor be called now? Pure decisions from what the ledger knows of the vendor.

Nobody sleeps on a "no": the event goes back to the ledger with the reason and the time to come again, and
that is not an attempt of its work.
"""

from __future__ import annotations

from dataclasses import dataclass

from service.ledger.clock import SECOND
from service.ledger.life import Reason
from service.ledger.operators import DENIED, PAUSED
from workers.vendors.answers import TITLES
from workers.vendors.operation import Operation

# How soon what waits for a person's "resume" looks again; a resume wakes it at once anyway.
PAUSED_LOOK = 30 * SECOND
# A vendor that refuses our key is asked again this often: it may have been mended on its side.
DENIED_PROBE = 300 * SECOND
# Without a time from the vendor: the window of today's scheme (PACING, 429).
FREEZE_SECONDS = 60.0
# Writes cost 2 since 12.06.2024 (FIELD-NOTES, limits).
WRITE_COST, READ_COST = 2, 1


@dataclass(frozen=True)
class VendorState:
    """What the ledger knows of a vendor; times in ms, quota in calls (None: the vendor has not said)."""

    state: str
    not_before: int
    quota_left: int | None
    quota_seen_at: int | None


class Wait(Exception):
    """Not now: come again in `delay` ms, for `reason`."""

    def __init__(self, reason: Reason, delay: int, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.delay = delay
        self.message = message


def cost(operation: Operation) -> int:
    """What the call takes from the quota, in calls."""
    return WRITE_COST if operation.is_write else READ_COST


def check(known: VendorState, operation: Operation, now: int, window: int) -> None:
    """Raise `Wait` unless the vendor may be called at `now`; `window` is the quota's, both in ms."""
    title = TITLES[operation.vendor]
    if known.state == PAUSED:
        raise Wait(Reason.PAUSED, PAUSED_LOOK, f"{title} is paused; resume it to go on.")
    if now < known.not_before:
        delay = known.not_before - now
        if known.state == DENIED:
            raise Wait(Reason.PAUSED, delay, f"{title} refuses access; mend that and resume it.")
        raise Wait(Reason.QUOTA, delay, f"{title} said that the quota is spent; it will be asked again.")
    if known.quota_left is None or known.quota_seen_at is None:
        return
    opens = known.quota_seen_at + window
    if known.quota_left < cost(operation) and now < opens:
        raise Wait(Reason.QUOTA, opens - now, f"{title}'s quota is used up; a new window opens soon.")
