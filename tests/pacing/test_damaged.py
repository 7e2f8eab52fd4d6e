"""Clocks that go back, headers that make no sense, and a state that is not what it should be: it goes on."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.pacing.desk import START, Desk
from workers.pacing.pacer import Guess, Permit, Refusal

HOUR = 3_600_000
DAY = 24 * HOUR
PLAIN = Guess(mode="configured", costs={"read": 1, "write": 1, "light": 1})
SILENT: dict[str, Any] = {"concurrency": 4, "rate": None}


def test_a_clock_that_is_set_back_makes_no_wait_longer(client: redis.Redis) -> None:
    desk = Desk(client)
    desk.call(50)
    desk.pacer.freeze(desk.permit(), 30, told=True)
    desk.now -= HOUR
    assert desk.refused().delay < 35_000
    desk.now += 35_000
    assert desk.call(59)["left"] == 59


def test_a_call_that_was_out_when_the_clock_was_set_back_is_settled(client: redis.Redis) -> None:
    desk = Desk(client)
    desk.call(50)
    out = desk.permit()
    desk.now -= HOUR
    told = desk.answer(out, 49)
    assert (told["left"], told["in_flight"]) == (49, 0)
    assert 0 < told["latency"] <= 20_000
    assert told["hi"] <= desk.now + 2 * 60_000


def test_a_mirror_from_before_the_clock_was_set_back(client: redis.Redis) -> None:
    desk = Desk(client)
    desk.call(50)
    desk.mirror = {**desk.pacer.freeze(desk.permit(), 30, told=True), "account": desk.account.id}
    client.flushall()
    desk.now -= HOUR
    assert desk.refused().delay < 35_000


@pytest.mark.parametrize(
    "damage",
    [
        "no json",
        "[]",
        "null",
        "{}",
        json.dumps({"mode": "reported", "limit": 60, "window": 60_000}),
    ],
)
def test_a_state_that_cannot_be_read_is_begun_anew(
    damage: str, client: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(client)
    desk.call(50)
    client.hset(desk.account.key, "state", damage)
    assert desk.call(49)["left"] == 49
    assert "damaged or another release" in caplog.text


def test_another_releases_state_is_begun_anew(client: redis.Redis) -> None:
    desk = Desk(client)
    desk.call(50)
    client.hset(desk.account.key, "state", json.dumps(desk.state() | {"version": 99}))
    assert desk.call(49)["left"] == 49
    assert desk.state()["version"] != 99


def test_a_key_of_another_kind_is_begun_anew(client: redis.Redis, caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk(client)
    client.set(desk.account.key, "text")
    with caplog.at_level(logging.ERROR):
        assert desk.call(49)["left"] == 49
    assert "a pacing script failed" in caplog.text


def test_damage_deep_inside_is_begun_anew(client: redis.Redis, caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk(client)
    desk.call(50)
    client.hset(desk.account.key, "state", json.dumps(desk.state() | {"uncertain": [["x", None]]}))
    assert desk.call(49)["left"] == 49
    assert "a pacing script failed" in caplog.text


def test_a_useless_mirror_is_left_out(client: redis.Redis) -> None:
    desk = Desk(client)
    desk.mirror = {"account": desk.account.id, "mode": "reported", "window": "soon", "known": True}
    assert desk.call(49)["left"] == 49


def test_a_permit_that_cannot_be_read_is_dropped(client: redis.Redis) -> None:
    desk = Desk(client)
    desk.call(50)
    client.hset(desk.account.key, "p:1", "{}")
    client.hset(desk.account.key, "p:2", "what")
    assert desk.call(49)["in_flight"] == 0


NUMBERS = st.one_of(st.none(), st.integers(0, 5), st.integers(0, 10**9 - 1))
MOVES = st.tuples(
    st.sampled_from(["ok", "failed", "unknown", "frozen", "lost"]),
    st.tuples(NUMBERS, NUMBERS, NUMBERS),
    st.one_of(st.integers(0, 5_000), st.sampled_from([60_000, HOUR, DAY, 30 * DAY, -HOUR, -DAY])),
    st.sampled_from(["read", "write", "light"]),
    st.sampled_from(["interactive", "bulk"]),
)


@given(moves=st.lists(MOVES, max_size=12), mode=st.sampled_from(["reported", "configured"]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_headers_and_clocks_say_calls_go_on(
    moves: list[Any], mode: Any, client: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    client.flushall()
    caplog.clear()
    desk = Desk(client, Guess(mode=mode), concurrency=4, rate=600)
    for how, (left, limit, retry_after), passes, kind, lane in moves:
        answer = desk.ask(kind=kind, lane=lane)
        desk.now += passes
        if isinstance(answer, Refusal):
            assert 0 < answer.delay <= DAY + HOUR
            continue
        told: dict[str, Any] = {"left": left, "limit": limit, "retry_after": retry_after}
        match how:
            case "ok" | "failed" | "unknown":
                ok = {"ok": True, "failed": False, "unknown": None}[how]
                summary = desk.pacer.settle(answer, ok=ok, **told)
                assert 1_000 <= summary["window"] <= DAY
            case "frozen":
                desk.pacer.freeze(answer, min(retry_after or 0, 3_600), told=True)
    assert "script failed" not in caplog.text
    # Whatever was learned, a day later somebody may call.
    for _ in range(30):
        desk.now += HOUR
        if isinstance(desk.ask(), Permit):
            break
    else:
        pytest.fail("nobody was let through for more than a day")


DAMAGES = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**15), 10**15), st.floats(), st.text(max_size=5), st.just([])
)


@given(data=st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_damaged_calls_go_on(data: st.DataObject, client: redis.Redis) -> None:
    client.flushall()
    desk = Desk(client)
    desk.now = START
    desk.call(50)
    desk.fail(desk.permit())
    state = desk.state()
    for name in data.draw(st.lists(st.sampled_from(sorted(state)), min_size=1, max_size=3)):
        state[name] = data.draw(DAMAGES)
    text = (
        json.dumps(state).replace("NaN", "null").replace("-Infinity", "-1e999").replace("Infinity", "1e999")
    )
    client.hset(desk.account.key, "state", text)
    for _ in range(30):
        desk.now += HOUR
        if isinstance(answer := desk.ask(), Permit):
            desk.answer(answer, 50)
            break
    else:
        pytest.fail("nobody was let through for more than a day")


def test_a_help_desk_that_does_not_tell_is_paced_by_the_settings(client: redis.Redis) -> None:
    desk = Desk(client, Guess(limit=None), **SILENT)
    for _ in range(5):
        probe = desk.permit()
        assert desk.refused().why == "probe"
        told = desk.answer(probe)
    assert not told["reports"]
    assert [type(desk.ask()) for _ in range(5)] == [Permit] * 4 + [Refusal]


def test_when_it_tells_again_it_is_believed_again(client: redis.Redis) -> None:
    desk = Desk(client, Guess(limit=60), **SILENT)
    desk.call(50)
    for _ in range(6):
        desk.now += 11_000
        told = desk.answer(desk.permit())
    assert (told["reports"], told.get("left")) == (False, None)
    told = desk.call(2)
    assert (told["reports"], told["left"]) == (True, 2)
    desk.permit()
    desk.permit()
    assert desk.refused().why == "spent"


def test_what_may_have_been_charged_does_not_grow_for_ever(client: redis.Redis) -> None:
    desk = Desk(client)
    for _ in range(200):
        desk.now += 11_000
        desk.fail(desk.permit(forced=True))
    assert len(desk.state()["uncertain"]) <= 64


def test_what_costs_more_than_a_window_goes_when_that_is_whole(client: redis.Redis) -> None:
    desk = Desk(client, Guess(limit=1))
    desk.call(0)
    desk.now += 61_000
    desk.permit(kind="write")
