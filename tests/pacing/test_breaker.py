"""Circuit breakers: of an operation, of the vendor, shared, with one probe at a time."""

from __future__ import annotations

from random import Random

import redis

from tests.pacing.desk import READ, Desk
from workers.pacing.pacer import Guess, Pacer, Permit

CREATE = "omnidesk.cases.create"
PLAIN = Guess(mode="configured", costs={"read": 1, "write": 1, "light": 1})


def broken(client: redis.Redis, operation: str = READ, times: int = 5) -> Desk:
    desk = Desk(client, PLAIN)
    for _ in range(times):
        desk.fail(desk.permit(operation=operation))
    return desk


def test_an_operation_that_fails_five_times_rests_alone(client: redis.Redis) -> None:
    desk = broken(client)
    refusal = desk.refused()
    assert (refusal.why, refusal.breaker) == ("breaker", READ)
    assert 4_000 < refusal.delay < 8_000
    desk.permit(operation=CREATE)


def test_the_state_is_shared(client: redis.Redis) -> None:
    desk = broken(client)
    desk.pacer = Pacer(client, Random(2), clock=lambda: desk.now)
    assert desk.refused().why == "breaker"


def test_a_good_answer_in_between_counts_anew(client: redis.Redis) -> None:
    desk = broken(client, times=4)
    desk.answer(desk.permit())
    for _ in range(4):
        desk.fail(desk.permit())
    desk.permit()


def test_the_whole_vendor_rests_when_nothing_succeeds(client: redis.Redis) -> None:
    desk = Desk(client, PLAIN)
    for number in range(8):
        desk.fail(desk.permit(operation=f"omnidesk.{number}"))
    refusal = desk.refused(operation="omnidesk.fresh")
    assert (refusal.why, refusal.breaker) == ("breaker", "*")


def test_half_open_lets_one_find_out(client: redis.Redis) -> None:
    desk = broken(client)
    desk.now += 5_000
    probe = desk.permit()
    assert desk.refused().why == "breaker"
    desk.answer(probe)
    assert [type(desk.ask()) for _ in range(5)] == [Permit] * 5


def test_a_failed_probe_doubles_the_rest(client: redis.Redis) -> None:
    desk = broken(client)
    desk.now += 5_000
    desk.fail(desk.permit())
    assert 9_000 < desk.refused().delay < 12_000
    assert [name for name, _ in desk.fail(desk.permit(operation=CREATE))["open"]] == [READ]


def test_the_rest_is_five_minutes_at_most(client: redis.Redis) -> None:
    desk = broken(client)
    for _ in range(12):
        desk.now += 300_000
        desk.fail(desk.permit())
    assert 290_000 < desk.refused().delay < 310_000


def test_a_dead_probes_lease_ends_too(client: redis.Redis) -> None:
    desk = broken(client)
    desk.now += 5_000
    desk.permit()
    desk.now += 40_000
    desk.permit()


def test_a_refusal_for_the_quota_is_no_failure(client: redis.Redis) -> None:
    desk = Desk(client, Guess(limit=60))
    desk.call(left=50)
    for _ in range(6):
        summary = desk.pacer.freeze(desk.permit(), 1, told=True)
        desk.now += 3_000
        desk.call(left=50)
    assert summary["open"] == []
