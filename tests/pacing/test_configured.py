"""Vendors that report nothing: a rate, calls at once, and Retry-After."""

from __future__ import annotations

import redis

from tests.pacing.desk import Desk
from workers.pacing.pacer import Guess, Permit

PLAIN = Guess(mode="configured", costs={"read": 1, "write": 1, "light": 1})


def test_no_limits_unless_configured(client: redis.Redis) -> None:
    desk = Desk(client, PLAIN)
    assert all(isinstance(desk.ask(), Permit) for _ in range(100))


def test_calls_at_once(client: redis.Redis) -> None:
    desk = Desk(client, PLAIN, concurrency=2)
    first = desk.permit()
    desk.permit()
    assert desk.refused().why == "busy"
    desk.answer(first)
    desk.permit()


def test_rate(client: redis.Redis) -> None:
    desk = Desk(client, PLAIN, rate=60.0)
    granted = 0
    for _ in range(100):
        granted += isinstance(desk.ask(), Permit)
        desk.now += 100
    assert 10 <= granted <= 12


def test_retry_after_is_kept_to_and_is_no_refusal(client: redis.Redis) -> None:
    desk = Desk(client, PLAIN)
    permit = desk.permit()
    desk.pacer.settle(permit, ok=False)
    summary = desk.pacer.freeze(permit, 30, told=True, refused=False)
    assert summary["refusals"] == 0
    refusal = desk.refused()
    assert (refusal.why, refusal.delay >= 30_000) == ("frozen", True)
