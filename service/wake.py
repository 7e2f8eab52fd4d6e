"""Wakes a lane's workers: a Celery message that says "there is work", one at a time a lane.

The ledger holds the work; a lost message costs at most the second until the dispatcher looks. So nothing in
here may hold up or fail a request.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any

import redis
from celery import Celery
from kombu.exceptions import OperationalError
from redis.backoff import NoBackoff
from redis.retry import Retry

from service.ledger.life import Lane
from service.redis_url import broker_url

log = logging.getLogger(__name__)

DRAIN_TASK = "workers.drain"
# A wake-up that nobody took for this long is taken for lost and sent again.
OUTSTANDING_SECONDS = 5
# Redis is asked to answer in this time: the store's callback runs inside a shopper's own request.
REDIS_SECONDS = 0.5
# After a failure the next tries are left out for this long; the dispatcher sends what is due meanwhile.
REST_SECONDS = 5.0


def _flag(lane: str) -> str:
    return f"perezvon:wake:{lane}"


class Waker:
    """Sends wake-ups; `taken` is called by the worker that one has reached."""

    def __init__(self, redis_url: str) -> None:
        self._redis: Any = redis.Redis.from_url(
            redis_url,
            socket_connect_timeout=REDIS_SECONDS,
            socket_timeout=REDIS_SECONDS,
            # Once more, at once: the connection may be older than the server. The client's own default waits
            # for some ten seconds, which no shopper does.
            retry=Retry(NoBackoff(), 1),
        )
        self._celery = Celery(broker=broker_url(redis_url), set_as_current=False)
        self._celery.conf.update(
            broker_connection_timeout=REDIS_SECONDS,
            broker_transport_options={
                "socket_connect_timeout": REDIS_SECONDS,
                "socket_timeout": REDIS_SECONDS,
                "max_retries": 0,
            },
            task_ignore_result=True,
        )
        self._rest_until = 0.0

    def wake(self, lane: Lane | str) -> bool:
        """Send a wake-up unless one is outstanding. False when Redis did not take it; never raises."""
        return self._send(
            _flag(lane),
            OUTSTANDING_SECONDS,
            DRAIN_TASK,
            args=[str(lane)],
            queue=str(lane),
            ignore_result=True,
        )

    def stand_in(self, task: str, seconds: float, options: Mapping[str, Any]) -> bool:
        """Send a task of the schedule unless somebody has stood in within `seconds`; never raises."""
        return self._send(f"perezvon:stood-in:{task}", seconds, task, **options)

    def _send(self, flag: str, seconds: float, task: str, **options: Any) -> bool:
        if time.monotonic() < self._rest_until:
            return False
        try:
            if self._redis.set(flag, "1", nx=True, px=int(seconds * 1000)):
                self._celery.send_task(task, retry=False, **options)
        except (redis.RedisError, OperationalError, OSError) as error:
            self._rest_until = time.monotonic() + REST_SECONDS
            log.warning("redis is away, the dispatcher will wake the lane: %s", type(error).__name__)
            return False
        return True

    def taken(self, lane: Lane | str) -> None:
        """The wake-up has arrived: what comes from now on needs another one."""
        try:
            self._redis.delete(_flag(lane))
        except redis.RedisError:
            # The flag lapses by itself.
            log.warning("redis is away, the lane's flag lapses by itself")

    def is_up(self) -> bool:
        """Does Redis answer?"""
        try:
            return bool(self._redis.ping())
        except (redis.RedisError, OSError):
            return False
