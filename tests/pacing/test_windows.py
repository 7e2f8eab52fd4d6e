"""Reserve, settle, freeze: what is known of the vendor's window, and what is done without knowing."""

from __future__ import annotations

import time

import redis

from tests.pacing.desk import START, Desk
from workers.pacing.pacer import LEASE, Guess, Permit


def test_cold_start_sends_one_probe_at_a_time(client: redis.Redis) -> None:
    desk = Desk(client)
    probe = desk.permit()
    assert desk.refused().why == "probe"
    desk.answer(probe, left=57, limit=60)
    assert [type(desk.ask()) for _ in range(58)].count(Permit) == 57


def test_another_probe_goes_when_the_first_one_is_not_answered(client: redis.Redis) -> None:
    desk = Desk(client)
    desk.permit()
    desk.now += 1_600
    desk.permit()


def test_what_is_in_flight_is_reserved(client: redis.Redis) -> None:
    desk = Desk(client)
    desk.call(left=3)
    held = [desk.permit() for _ in range(3)]
    assert desk.refused().why == "spent"
    # The vendor counted one more than we sent: others are about.
    desk.answer(held[0], left=1)
    assert desk.refused().why == "spent"


def test_a_full_window_waits_for_its_end_and_opens_with_a_probe(client: redis.Redis) -> None:
    desk = Desk(client)
    desk.call(left=0)
    refusal = desk.refused()
    assert refusal.why == "spent"
    assert 59_000 < refusal.delay < 61_000
    desk.now += refusal.delay
    probe = desk.permit("bulk")
    assert desk.refused("bulk").why == "probe"
    desk.answer(probe, left=59)
    assert desk.state()["epoch"] == 1


def test_more_left_than_before_means_a_new_window(client: redis.Redis) -> None:
    desk = Desk(client)
    desk.call(left=41)
    desk.now += 20_000
    desk.call(left=40)
    desk.now += 1_000
    summary = desk.call(left=59)
    assert summary["left"] == 59
    # The end is known to the second between the two answers.
    assert summary["hi"] - summary["lo"] < 1_500


def test_a_call_that_was_under_way_when_the_window_turned_stays_reserved(client: redis.Redis) -> None:
    desk = Desk(client)
    desk.call(left=50)
    slow = desk.permit()
    desk.now += 30_000
    desk.call(left=59)
    assert desk.state()["reported"] == 59
    # Nobody can tell which window counted it: it is taken for charged until a later call tells.
    desk.answer(slow, left=49)
    assert sum(calls for _, calls in desk.state()["uncertain"]) == 1
    desk.now += 1
    desk.call(left=57)
    assert not desk.state()["uncertain"]


def test_a_lost_answer_counts_as_charged_until_a_later_one_tells(client: redis.Redis) -> None:
    desk = Desk(client)
    desk.call(left=2)
    desk.fail(desk.permit(), after=20_000)
    desk.permit()
    assert desk.refused().why == "spent"


def test_a_call_that_was_never_sent_costs_nothing(client: redis.Redis) -> None:
    desk = Desk(client)
    desk.call(left=1)
    desk.pacer.settle(desk.permit(), ok=False, charged=False)
    desk.pacer.release(desk.permit())
    desk.permit()


def test_permits_of_dead_workers_lapse(client: redis.Redis) -> None:
    desk = Desk(client, Guess(limit=60, window=600_000))
    desk.call(left=3)
    for _ in range(3):
        desk.permit()
    assert desk.refused().why == "spent"
    desk.now += LEASE
    # They may have been sent: still nothing, until the new window.
    desk.now += desk.refused().delay
    desk.call(left=59)
    assert not desk.state()["uncertain"]


def test_a_refusal_freezes_the_account_and_is_counted(client: redis.Redis) -> None:
    desk = Desk(client)
    desk.call(left=30)
    summary = desk.pacer.freeze(desk.permit(), 20, told=True)
    assert (summary["refusals"], summary["left"]) == (1, 0)
    refusal = desk.refused()
    assert refusal.why == "frozen"
    assert 20_000 <= refusal.delay < 23_000
    desk.now += refusal.delay
    desk.permit()
    assert desk.refused().why == "probe"


def test_a_lost_redis_begins_with_the_ledgers_mirror(client: redis.Redis) -> None:
    desk = Desk(client)
    desk.call(left=40, key="shop/1")
    desk.now += 5_000
    ends = desk.call(left=39)["hi"]
    client.flushall()
    probe = desk.permit()
    assert desk.refused().why == "probe"
    assert desk.answer(probe, left=38)["hi"] == ends
    desk.permit()


def test_a_full_window_is_remembered_when_redis_is_lost(client: redis.Redis) -> None:
    desk = Desk(client)
    desk.call(left=0)
    client.flushall()
    assert desk.refused().why == "spent"


def test_an_answer_that_outlives_the_state_is_as_good_as_a_probe(client: redis.Redis) -> None:
    desk = Desk(client)
    permit = desk.permit()
    client.flushall()
    desk.answer(permit, left=12)
    assert sum(isinstance(desk.ask(), Permit) for _ in range(20)) == 12


def test_the_size_is_that_of_the_header(client: redis.Redis) -> None:
    desk = Desk(client, Guess(limit=500))
    summary = desk.answer(desk.permit(), left=59, limit=60)
    assert (summary["limit"], summary["corrections"]) == (60, {"size": 1})


def test_a_size_that_grows_in_mid_window_is_no_new_window(client: redis.Redis) -> None:
    desk = Desk(client)
    desk.answer(desk.permit(), left=30, limit=60)
    summary = desk.answer(desk.permit(), left=59, limit=90)
    assert (summary["limit"], summary["left"], desk.state()["epoch"]) == (90, 59, 0)


def test_light_calls_go_when_everything_is_spent(client: redis.Redis) -> None:
    desk = Desk(client)
    desk.call(left=0)
    desk.answer(desk.permit(kind="light"), left=0)


def test_the_end_that_the_vendor_names_is_believed(client: redis.Redis) -> None:
    desk = Desk(client)
    desk.answer(desk.permit(), left=0, retry_after=12)
    assert 11_000 <= desk.refused().delay <= 12_500


def test_the_clock_is_redis_own_unless_one_is_given(client: redis.Redis) -> None:
    desk = Desk(client)
    desk.pacer = type(desk.pacer)(client, desk.pacer._random)
    permit = desk.permit()
    assert abs(permit.sent / 1000 - time.time()) < 5
    assert permit.sent != START
