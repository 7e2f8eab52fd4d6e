"""The canary: when a worker counts as stalled."""

from __future__ import annotations

import pytest
import redis

from workers import canary
from workers.canary import Canary


def looks(bird: Canary, *, until: int, waiting: int = 1, busy: bool = False) -> list[int]:
    """The seconds at which it calls the worker stalled."""
    return [
        second
        for second in range(1, until + 1)
        if bird.look(float(second), waiting=waiting, busy=busy, received=0)
    ]


def test_an_idle_worker_with_messages_waiting_is_stalled_after_a_while() -> None:
    assert looks(Canary(stalled_after=10), until=12) == [11, 12]


def test_nothing_waiting_means_nothing() -> None:
    assert looks(Canary(stalled_after=10), until=60, waiting=0) == []


def test_a_busy_worker_is_for_the_time_limits() -> None:
    assert looks(Canary(stalled_after=10), until=60, busy=True) == []


def test_a_message_taken_begins_it_anew() -> None:
    bird = Canary(stalled_after=10)
    assert looks(bird, until=9) == []
    assert not bird.look(10.0, waiting=1, busy=False, received=9.5)
    assert not bird.look(19.0, waiting=1, busy=False, received=9.5)
    assert bird.look(20.0, waiting=1, busy=False, received=9.5)


def test_a_queue_that_another_worker_empties_now_and_then_is_no_stall() -> None:
    bird = Canary(stalled_after=3)
    for second in range(30):
        assert not bird.look(float(second), waiting=second % 3, busy=False, received=0)


def test_with_redis_away_nobody_is_ended() -> None:
    def away() -> int:
        raise redis.ConnectionError

    watch = canary.Watch(away, lambda: False, lambda: pytest.fail("ended"))
    watch._canary.stalled_after = 0
    assert not watch._look()
