"""May a vendor be called at all? Pure decisions from the state of its lane in the ledger: paused or denied.

Nobody sleeps on a "no": the event goes back to the ledger with the reason and the time to come again, and
that is not an attempt of its work.
"""

from __future__ import annotations

from dataclasses import dataclass

from service.ledger.clock import SECOND
from service.ledger.life import Reason
from service.ledger.operators import DENIED, PAUSED
from workers.vendors.answers import TITLES

# One call at a time asks whether the vendor lets us in again; its answer takes no longer.
PROBE_GAP = 30 * SECOND
# How soon what waits for a person's "resume" looks again; a resume wakes it at once anyway.
PAUSED_LOOK = 30 * SECOND
# A vendor that refuses our key is asked again this often: it may have been mended on its side.
DENIED_PROBE = 300 * SECOND
# Without a time from the vendor: the window of today's scheme (PACING, 429).
FREEZE_SECONDS = 60.0


@dataclass(frozen=True)
class VendorState:
    """What the ledger knows of a vendor's lane; `not_before` in ms."""

    state: str
    not_before: int


class Wait(Exception):
    """Not now: come again in `delay` ms, for `reason`."""

    def __init__(self, reason: Reason, delay: int, message: str, vendor: str | None = None) -> None:
        super().__init__(message)
        self.vendor = vendor
        """The vendor that it waits for."""
        self.reason = reason
        self.delay = delay
        self.message = message


def check(known: VendorState, vendor: str, now: int, *, forced: bool = False) -> None:
    """Raise `Wait` unless the vendor may be called at `now` (ms). `forced`: also when it denied access."""
    title = TITLES[vendor]
    if known.state == PAUSED:
        raise Wait(Reason.PAUSED, PAUSED_LOOK, f"{title} is paused; resume it to go on.", vendor)
    if known.state == DENIED and now < known.not_before and not forced:
        message = f"{title} refuses access; mend that and resume it."
        raise Wait(Reason.PAUSED, known.not_before - now, message, vendor)
