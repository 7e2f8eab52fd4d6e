"""Keeps one vendor from taking all threads of a process: what it drips or hangs, others' calls go on."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from service.ledger.clock import SECOND
from service.ledger.life import Lane, Reason
from workers.pacing.gate import Wait
from workers.vendors.answers import TITLES

# Of the eight threads of a process. What is left is enough for the others' calls, and a batch leaves room for
# people's calls to the same vendor.
SLOTS = {Lane.INTERACTIVE: 5, Lane.BULK: 3}
# A good answer takes a fraction of a second: by then there is a place again, or another process has one.
LOOK_AGAIN = SECOND


class Bulkhead:
    """The calls of this process that are under way, by vendor."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: defaultdict[str, int] = defaultdict(int)

    @contextmanager
    def slot(self, vendor: str, lane: str) -> Iterator[None]:
        """Take one of the vendor's places for one call. Raises `Wait` when there is none."""
        with self._lock:
            if self._under_way[vendor] >= SLOTS[Lane(lane)]:
                raise Wait(
                    Reason.QUOTA,
                    LOOK_AGAIN,
                    f"{TITLES[vendor]} answers slowly: as many calls are under way as one worker makes.",
                    vendor,
                )
            self._under_way[vendor] += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way[vendor] -= 1
