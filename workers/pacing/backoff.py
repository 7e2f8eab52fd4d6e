"""When to try again: exponential back-off with full jitter. Pure; randomness is passed in."""

from __future__ import annotations

from random import Random

# The first failure of a good vendor is a hiccup: about a second is enough for most.
BASE_SECONDS = 2.0
# A vendor that is down for hours is asked every five minutes on average.
CAP_SECONDS = 600.0


def delay(failures: int, randomness: Random) -> float:
    """Seconds until the next try after `failures` earlier ones: uniform from 0 to the doubled, capped base.

    Full jitter spreads those who failed together (AWS Architecture Blog, "Exponential Backoff And Jitter").
    """
    # 2 ** 20 is past any cap; without the limit a number of many digits would be computed.
    return randomness.uniform(0, min(CAP_SECONDS, BASE_SECONDS * 2 ** min(failures, 20)))
