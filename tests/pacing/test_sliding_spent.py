"""A sliding window of which nothing is left and nothing of ours can come back: found by the chaos suite."""

from __future__ import annotations

import json

import redis

from tests.pacing.desk import Desk


def test_after_a_window_without_a_word_one_call_finds_out(client: redis.Redis) -> None:
    desk = Desk(client)
    desk.call(50)
    spent = desk.state() | {"kind": "sliding", "sliding": 2, "reported": 0, "window": 4000, "log": {}}
    client.hset(desk.account.key, "state", json.dumps(spent))
    assert desk.refused().why == "spent"
    desk.now += 5000
    probe = desk.permit()
    assert desk.refused().why == "probe"
    desk.answer(probe, 40)
    desk.permit()
    desk.permit()
