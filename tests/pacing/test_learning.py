"""A wrong guess shows in the vendor's answers, is corrected and is counted."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
import redis

from tests.bench.methods import Ours
from tests.bench.vendor import Vendor
from tests.bench.world import World
from workers.pacing.pacer import Account, Guess, Summary

HOUR = 3_600_000


def learned(
    client: redis.Redis,
    guess: Guess,
    *,
    minutes: float = 12,
    vendor: dict[str, Any] | None = None,
    **world: Any,
) -> tuple[World, Summary]:
    random = Random(3)
    ours = Ours(client, Account("omnidesk", "learning", guess), random)
    run = World(random, Vendor(random, **vendor or {}), ours, minutes=minutes, **world).run()
    assert ours.mirror is not None
    return run, ours.mirror


def test_a_window_that_is_shorter_than_guessed(client: redis.Redis) -> None:
    run, summary = learned(client, Guess(window=HOUR))
    assert summary["window"] == 60_000
    assert summary["corrections"]["window"] == 1
    assert run.vendor.refused == 0


def test_a_window_that_is_longer_than_guessed(client: redis.Redis) -> None:
    older = {"limit": 300, "window": HOUR, "offset": 1_000_000, "tells_limit": False}
    run, summary = learned(client, Guess(), minutes=140, vendor=older, population=3, people=0.2)
    assert summary["window"] == HOUR
    assert run.vendor.refused <= 2


def test_windows_that_start_at_the_first_call(client: redis.Redis) -> None:
    run, summary = learned(client, Guess(limit=60), vendor={"kind": "first"})
    assert summary["kind"] == "first"
    assert run.vendor.refused <= 1
    assert run.used > 0.97


def test_sliding_windows(client: redis.Redis) -> None:
    run, summary = learned(client, Guess(limit=60), vendor={"kind": "sliding"})
    assert summary["kind"] == "sliding"
    assert summary["corrections"] == {"kind": 1}
    assert run.vendor.refused == 0


@pytest.mark.parametrize(("guessed", "real"), [(2, 1), (1, 2)])
def test_what_a_write_costs(client: redis.Redis, guessed: int, real: int) -> None:
    costs = {"read": 1, "write": guessed, "light": 0}
    run, summary = learned(
        client,
        Guess(limit=60, costs=costs),
        kinds=("read", "write"),
        costs={"read": 1, "write": real, "light": 0},
    )
    assert summary["costs"]["write"] == real
    assert summary["corrections"]["cost"] == 1
    assert run.vendor.refused <= 1


def test_others_are_noticed_and_left_room(client: redis.Redis) -> None:
    run, summary = learned(client, Guess(limit=60), vendor={"others": 6 / 60_000}, minutes=20)
    assert 2 < summary["others"] < 12
    assert run.vendor.refused == 0


def test_nobody_is_noticed_where_nobody_is(client: redis.Redis) -> None:
    run, summary = learned(client, Guess(limit=60), kinds=("read", "write"))
    assert summary["others"] == 0
    assert summary["corrections"] == {}
    assert run.vendor.refused == 0
