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
    for number in range(times):
        desk.fail(desk.permit(operation=operation, subject=f"failed/{number % 5}"))
    return desk


def test_an_operation_that_fails_for_different_subjects_rests_alone(client: redis.Redis) -> None:
    desk = broken(client)
    refusal = desk.refused()
    assert (refusal.why, refusal.breaker) == ("breaker", READ)
    assert 4_000 < refusal.delay < 8_000
    desk.permit(operation=CREATE)


def test_one_thing_that_fails_again_and_again_stops_nobody(client: redis.Redis) -> None:
    desk = Desk(client, PLAIN)
    for number in range(40):
        summary = desk.fail(desk.permit(operation=CREATE, subject=f"failed/{number % 2}"))
    assert summary["open"] == []
    desk.permit(operation=CREATE)


def test_one_operation_that_fails_does_not_stop_the_vendor(client: redis.Redis) -> None:
    desk = broken(client, CREATE)
    for _ in range(12):
        desk.now += 303_000
        summary = desk.fail(desk.permit(operation=CREATE, subject="failed/1"))
    assert [name for name, _ in summary["open"]] == [CREATE]
    desk.permit()


def test_the_state_is_shared(client: redis.Redis) -> None:
    desk = broken(client)
    desk.pacer = Pacer(client, Random(2), clock=lambda: desk.now)
    assert desk.refused().why == "breaker"


def test_a_good_answer_in_between_counts_anew(client: redis.Redis) -> None:
    desk = broken(client, times=4)
    desk.answer(desk.permit())
    for number in range(4):
        desk.fail(desk.permit(subject=f"failed/{number}"))
    desk.permit()


def test_the_whole_vendor_rests_when_nothing_succeeds(client: redis.Redis) -> None:
    desk = Desk(client, PLAIN)
    for number in range(8):
        desk.fail(desk.permit(operation=f"omnidesk.{number}", subject=f"failed/{number}"))
    refusal = desk.refused(operation="omnidesk.fresh")
    assert (refusal.why, refusal.breaker) == ("breaker", "*")


def test_half_open_lets_one_find_out(client: redis.Redis) -> None:
    desk = broken(client)
    desk.now += 5_000
    probe = desk.permit()
    assert desk.refused(subject="another").why == "breaker"
    assert desk.answer(probe)["freed"]
    assert [type(desk.ask()) for _ in range(5)] == [Permit] * 5


def test_others_find_out_before_those_that_failed(client: redis.Redis) -> None:
    desk = broken(client)
    desk.now += 5_500
    assert desk.refused(subject="failed/1").why == "breaker"
    desk.permit(subject="another")


def test_without_others_one_that_failed_finds_out(client: redis.Redis) -> None:
    desk = broken(client)
    desk.now += 7_000
    desk.permit(subject="failed/1")


def test_a_failed_probe_doubles_the_rest_of_those_that_failed(client: redis.Redis) -> None:
    desk = broken(client)
    desk.now += 7_000
    desk.fail(desk.permit(subject="failed/1"))
    assert 11_000 < desk.refused(subject="failed/1").delay < 15_000
    failed = desk.fail(desk.permit(operation=CREATE))
    assert [name for name, _ in failed["open"]] == [READ]


def test_the_rest_is_five_minutes_at_most(client: redis.Redis) -> None:
    desk = broken(client)
    for _ in range(12):
        desk.now += 303_000
        desk.fail(desk.permit(subject="failed/1"))
    assert 290_000 < desk.refused(subject="failed/1").delay < 315_000


def test_a_new_customer_does_not_wait_for_as_long_as_those_that_failed(client: redis.Redis) -> None:
    desk = broken(client)
    for _ in range(12):
        desk.now += 303_000
        desk.fail(desk.permit(subject="failed/1"))
    assert desk.refused(subject="new").delay < 8_000
    desk.now += 5_000
    desk.permit(subject="new")


def test_a_dead_probes_lease_ends_too(client: redis.Redis) -> None:
    desk = broken(client)
    desk.now += 5_000
    desk.permit()
    desk.now += 40_000
    desk.permit()


def test_a_person_overrules_it_once(client: redis.Redis) -> None:
    desk = broken(client)
    assert desk.refused(subject="failed/1").why == "breaker"
    assert desk.answer(desk.permit(subject="failed/1", forced=True))["freed"]
    desk.permit(subject="failed/1")


def test_a_person_overrules_a_freeze(client: redis.Redis) -> None:
    desk = Desk(client, PLAIN)
    desk.pacer.freeze(desk.permit(), 600, told=True, refused=False)
    assert desk.refused().why == "frozen"
    probe = desk.permit(forced=True)
    assert desk.refused().why == "frozen"
    assert desk.answer(probe)["freed"]
    desk.permit()


def test_one_thing_that_is_told_to_wait_again_and_again_stops_nobody(client: redis.Redis) -> None:
    desk = Desk(client, PLAIN)

    def pause(subject: str) -> None:
        desk.now += 61_000
        desk.pacer.freeze(desk.permit(subject=subject), 50, told=True, refused=False)

    pause("one")
    assert desk.refused().why == "frozen"
    pause("one")
    desk.permit(subject="another")
    pause("two")
    assert desk.refused().why == "frozen"


def test_access_is_denied_by_different_subjects_only(client: redis.Redis) -> None:
    desk = Desk(client, PLAIN)

    def refuse(subject: str) -> bool:
        told = desk.pacer.settle(desk.permit(operation=CREATE, subject=subject), ok=True, denied=True)
        return bool(told["denied"])

    assert not any(refuse("one") for _ in range(9))
    assert not refuse("two")
    desk.answer(desk.permit(operation=CREATE))
    assert [refuse(subject) for subject in ("one", "two", "three")] == [False, False, True]
    desk.now += 301_000
    assert [refuse(subject) for subject in ("four", "five")] == [False, False]


def test_a_refusal_for_the_quota_is_no_failure(client: redis.Redis) -> None:
    desk = Desk(client, Guess(limit=60))
    desk.call(left=50)
    for _ in range(6):
        summary = desk.pacer.freeze(desk.permit(), 1, told=True)
        desk.now += 3_000
        desk.call(left=50)
    assert summary["open"] == []
