"""When to try again: exponential back-off with full jitter. Pure; randomness is passed in."""

from __future__ import annotations

from random import Random

from service.config.model import Retry


def delay(failures: int, randomness: Random, schedule: Retry) -> float:
    """Seconds until the next try after `failures` earlier ones: uniform from 0 to the doubled, capped base.

    Full jitter spreads those who failed together (AWS Architecture Blog, "Exponential Backoff And Jitter").
    """
    # 2 ** 20 is past any cap; without the limit a number of many digits would be computed.
    return randomness.uniform(0, min(schedule.cap_seconds, schedule.base_seconds * 2 ** min(failures, 20)))
