"""Notices a worker that has stopped consuming although Redis answers, and ends it: it is then started again.

A connection can die without being closed (a firewall, a network cut): the consumer then waits on it for ever,
and a reconnect can leave a worker that is connected and takes nothing (DEPENDENCIES, "when things were
killed"). What gives it away: messages stand in its queues while it has nothing to do.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import redis

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
# A worker that consumes takes a message within milliseconds; a machine may stall for some seconds.
STALLED_SECONDS = 10.0
# Redis is asked on a connection of its own, which must not hang as the consumer's does.
REDIS_SECONDS = 2.0
# The exit code; whoever supervises the worker starts it again.
STALLED = 75


@dataclass
class Canary:
    """Decides; times in seconds of a clock that only goes forward."""

    stalled_after: float = STALLED_SECONDS
    _since: float | None = None

    def look(self, now: float, *, waiting: int, busy: bool, received: float) -> bool:
        """Has the worker stalled? `waiting`: messages in its queues; `received`: when it took the last one.

        A busy worker is not asked: what hangs in there is for the time limits.
        """
        if not waiting or busy:
            self._since = None
            return False
        if self._since is None or received > self._since:
            self._since = now
        return now - self._since >= self.stalled_after


class Watch(threading.Thread):
    """Looks every second, in the worker's main process."""

    def __init__(self, count: Callable[[], int], busy: Callable[[], bool], end: Callable[[], None]) -> None:
        super().__init__(name="canary", daemon=True)
        self._count = count
        self._busy = busy
        self._end = end
        self._canary = Canary()
        self._received = time.monotonic()

    def received(self) -> None:
        """A message has been taken."""
        self._received = time.monotonic()

    def run(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            if self._look():
                log.error("messages wait and none is taken although Redis answers: this worker ends")
                self._end()
                return

    def _look(self) -> bool:
        try:
            waiting = self._count()
        except (redis.RedisError, OSError):
            # Redis does not answer us either: nothing is known, and reconnecting is Celery's business.
            waiting = 0
        return self._canary.look(
            time.monotonic(), waiting=waiting, busy=self._busy(), received=self._received
        )


def counter(redis_url: str, queues: list[str]) -> Callable[[], int]:
    """How many messages stand in the queues. Raises `RedisError`."""
    client = redis.Redis.from_url(
        redis_url, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS
    )

    def count() -> int:
        try:
            pipe = client.pipeline(transaction=False)
            for queue in queues:
                pipe.llen(queue)
            return sum(int(length) for length in pipe.execute())
        finally:
            # A new connection each time: an old one may be as dead as the consumer's.
            client.connection_pool.disconnect()

    return count


def end() -> None:
    """End the worker's main process at once; its children are bound to its life."""
    os._exit(STALLED)
