"""People before batches, everybody in turn, and nobody for ever last."""

from __future__ import annotations

from random import Random

import pytest
import redis

from tests.bench.methods import Ours
from tests.bench.vendor import Vendor
from tests.bench.world import World
from tests.pacing.desk import Desk
from workers.pacing.accounts import turn_key
from workers.pacing.pacer import Account, Guess, Permit


def run(client: redis.Redis, **world: object) -> World:
    random = Random(7)
    share = float(str(world.pop("share", 0.1)))
    account = Account("omnidesk", "lanes", Guess(limit=60), share=share)
    return World(random, Vendor(random), Ours(client, account, random), **world).run()  # type: ignore[arg-type]


def test_bulk_is_spread_over_the_window(client: redis.Redis) -> None:
    desk = Desk(client)
    desk.call(left=59)
    desk.answer(desk.permit("bulk"), left=58)
    granted = [desk.ask("bulk") for _ in range(10)]
    assert sum(isinstance(one, Permit) for one in granted) <= 3
    assert desk.refused("bulk").why == "pace"
    # A person is not spread.
    desk.permit("interactive")


def test_bulk_leaves_what_people_may_need_and_takes_it_in_the_end(client: redis.Redis) -> None:
    desk = Desk(client, share=0.0)
    desk.call(left=59)
    for number in range(54):
        desk.call(58 - number, "interactive")
    # 55 calls in six seconds: people come thick, and five calls are left.
    assert desk.refused("bulk").why == "reserve"
    desk.now = desk.state()["hi"] - 500
    assert isinstance(desk.ask("bulk", again=True), Permit)


def test_one_comes_at_the_very_moment_and_the_others_behind(client: redis.Redis) -> None:
    desk = Desk(client)
    desk.call(left=0)
    delays = [desk.refused("bulk").delay for _ in range(20)]
    assert delays == sorted(delays)
    assert len(set(delays)) == 20
    # Who has waited before comes before the new ones.
    assert desk.refused("bulk", again=True).delay < delays[-1]


def test_a_noisy_shop_lets_others_pass(client: redis.Redis) -> None:
    desk = Desk(client, Guess(limit=600))
    desk.answer(desk.permit("bulk", key="noisy"), left=40, limit=600)
    for left in range(39, 9, -1):
        desk.call(left, "interactive", key="noisy")
    # Another shop was refused and is due to come: the noisy one steps back.
    state = desk.state()
    assert state["lines"]["interactive"]["noisy"]["had"] == 30
    held = [desk.permit(key="noisy") for _ in range(10)]
    refusal = desk.refused(key="quiet")
    assert refusal.why == "spent"
    desk.now += refusal.delay
    for permit in held[:5]:
        desk.pacer.release(permit)
    assert desk.refused(key="noisy").why == "turn"
    desk.permit(key="quiet")


def test_keys_of_a_lane_get_equal_parts(client: redis.Redis) -> None:
    world = run(client, minutes=10, people=0, population=30, keys=3)
    parts = sorted(world.by_key.values())
    assert parts[0] > 0.75 * parts[-1], world.by_key


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_bulk_keeps_its_share_under_a_flood_of_people(client: redis.Redis, share: float) -> None:
    world = run(client, minutes=10, people=120, population=20, share=share)
    assert world.done["bulk"] >= 0.8 * share * 60 * 9
    assert world.done["interactive"] >= 0.8 * (1 - share) * 60 * 9
    assert world.vendor.refused == 0


def test_people_do_not_wait_behind_a_batch(client: redis.Redis) -> None:
    world = run(client, minutes=10)
    assert world.vendor.refused == 0
    assert world.used >= 0.98
    assert world.wait(0.5) == 0


@pytest.mark.parametrize(
    ("subject", "key"),
    [
        ("cscart/1/call_request/57", "cscart/1"),
        ("omnidesk/case/123", "omnidesk/case"),
        ("cscart/invalid", "cscart/invalid"),
    ],
)
def test_whose_turn_an_event_takes(subject: str, key: str) -> None:
    assert turn_key(subject) == key
