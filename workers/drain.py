"""Drains a lane: claims due events and runs their flows side by side until nothing is due."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from sqlalchemy.exc import SQLAlchemyError

from service.ledger import claims
from service.ledger.claims import Claimed
from service.ledger.clock import SECOND
from service.ledger.database import Ledger
from service.ledger.life import Lane
from workers.runner import Runner

log = logging.getLogger(__name__)

# Flows wait for vendors nearly all of their time, so a thread each; more would only queue at the quota.
THREADS = 8
# Of these a batch takes only so many: who drains it works people's events beside it.
BULK_THREADS = 4
# How soon a person's event is seen by a process that waits for a batch's calls.
BULK_LOOK_SECONDS = 0.25
# Long enough for a stall of a few seconds, short enough that a dead worker's events go on soon.
LEASE = 15 * SECOND
RENEW_SECONDS = 4.0
# A task that runs for ever could not be told from one that hangs (the time limit is above this).
LONGEST_SECONDS = 60.0
# In the bulk lane a task ends sooner and asks for the next one: with all processes at a batch, a customer's
# event waits for no longer than this.
LONGEST_BULK_SECONDS = 5.0
# A flow is done in seconds, a walk of pages in a minute or two. One that is still at it after this hangs: its
# lease is not renewed any more, so that another worker takes the event over.
LONGEST_HELD_SECONDS = 150.0


class Drain:
    """The claimed events of one process. One drain at a time."""

    def __init__(
        self, ledger: Ledger, runner: Runner, stopping: Callable[[], bool], *, deletions_end: bool = True
    ) -> None:
        self._ledger = ledger
        self._runner = runner
        self._stopping = stopping
        self._deletions_end = deletions_end
        # Kept for the life of the process: the threads' connections to the vendors are.
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="flow")

    def run(self, lane: str) -> bool:
        """Work the lane; True when there may be more to do. With the ledger away nothing more is begun."""
        running: dict[Future[None], Claimed] = {}
        since: dict[int, float] = {}
        ends = time.monotonic() + (LONGEST_BULK_SECONDS if lane == Lane.BULK else LONGEST_SECONDS)
        renewed = time.monotonic()
        away = False
        while True:
            closing = away or self._stopping() or time.monotonic() > ends
            try:
                # What may end its worker is worked by itself.
                suspect = any(one.crashes >= claims.SUSPECT_CRASHES for one in running.values())
                if not (closing or suspect):
                    for held in self._due(lane, running.values()):
                        running[self._pool.submit(self._runner.run, held)] = held
                        since[held.seq] = time.monotonic()
                if running and time.monotonic() - renewed > RENEW_SECONDS:
                    renewed = time.monotonic()
                    self._renew(
                        [one for one in running.values() if renewed - since[one.seq] < LONGEST_HELD_SECONDS]
                    )
            except SQLAlchemyError as error:
                away = True
                log.error(
                    "the ledger is away; the lane waits", extra={"lane": lane, "error": type(error).__name__}
                )
            if not running:
                return closing and not away
            look = BULK_LOOK_SECONDS if lane == Lane.BULK else RENEW_SECONDS / 4
            finished, _ = wait(running, timeout=look, return_when=FIRST_COMPLETED)
            for future in finished:
                del running[future]

    def _due(self, lane: str, running: Collection[Claimed]) -> list[Claimed]:
        """What is to be begun now: people's events first, also while a batch is drained."""
        free = THREADS - len(running)
        if lane != Lane.BULK:
            return self._claim(lane, free, alone=not running) if free else []
        found = self._claim(Lane.INTERACTIVE, free, alone=not running) if free else []
        in_batch = sum(one.lane == Lane.BULK for one in running)
        room = min(free - len(found), BULK_THREADS - in_batch)
        suspect = any(one.crashes >= claims.SUSPECT_CRASHES for one in found)
        if room > 0 and not suspect:
            found += self._claim(Lane.BULK, room, alone=not (running or found))
        return found

    def _claim(self, lane: str, limit: int, *, alone: bool) -> list[Claimed]:
        with self._ledger.exclusive() as session:
            return claims.claim(session, lane, limit, LEASE, alone=alone, deletions_end=self._deletions_end)

    def _renew(self, held: list[Claimed]) -> None:
        with self._ledger.write() as session:
            claims.renew(session, held, LEASE)
