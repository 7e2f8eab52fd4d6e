"""What the simulator is run for: vendors, accidents, and the figures that must be reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import redis

from tests.bench.methods import Gcra, Ours, React, SendAndRetry, Split
from tests.bench.vendor import Vendor, heavy
from tests.bench.world import Method, World
from workers.pacing.pacer import Account, Guess

MINUTE, HOUR = 60_000, 3_600_000


@dataclass(frozen=True)
class Least:
    """What our own method must reach. `used` is a part of one, `refused` for 10,000 calls, `p99` in s."""

    used: float = 0.0
    refused: float = float("inf")
    p99: float = float("inf")


@dataclass(frozen=True)
class Scenario:
    """`vendor` and `world` are what differs from the usual; `loses` Redis every ten minutes."""

    title: str
    vendor: dict[str, Any] = field(default_factory=dict)
    world: dict[str, Any] = field(default_factory=dict)
    guess: Guess = field(default_factory=lambda: Guess(limit=60))
    hours: float = 1
    loses: bool = False
    least: Least = Least()

    def run(self, method: str, seed: int, client: redis.Redis, hours: float | None = None) -> World:
        random = Random(seed)
        # Another clock of the vendor's each time.
        vendor = Vendor(random, **{"offset": random.randrange(MINUTE)} | self.vendor)
        made = METHODS[method](vendor, random, client, self.guess)
        lose = made.lose if self.loses and isinstance(made, Ours) else None
        world = World(random, vendor, made, minutes=60 * (hours or self.hours), disturb=lose, **self.world)
        return world.run()


METHODS: dict[str, Callable[[Vendor, Random, redis.Redis, Guess], Method]] = {
    SendAndRetry.name: lambda _vendor, _random, _client, _guess: SendAndRetry(),
    React.name: lambda _vendor, _random, _client, _guess: React(),
    Gcra.name: lambda vendor, _random, _client, _guess: Gcra(vendor.limit, vendor.window),
    Split.name: lambda vendor, random, _client, _guess: Split(vendor.limit, vendor.window, random),
    Ours.name: lambda _vendor, random, client, guess: Ours(
        client, Account("omnidesk", f"bench-{random.random()}", guess), random
    ),
}

OTHERS_10 = {"others": 6 / MINUTE}
OTHERS_50 = {"others": 30 / MINUTE}
OLDER = {"limit": 3000, "window": HOUR, "offset": 1_000_000, "tells_limit": False}

SCENARIOS = {
    "exclusive": Scenario(
        "60 a minute, ours alone, saturated", hours=2, least=Least(used=0.995, refused=0.0, p99=2.0)
    ),
    "others-10": Scenario("others spend 10 %", OTHERS_10, hours=2, least=Least(used=0.98, refused=1.0)),
    "others-50": Scenario("others spend 50 %", OTHERS_50),
    "lost-answers": Scenario("1 % of the answers are lost", world={"lost": 0.01}),
    "heavy-tail": Scenario("answers with a heavy tail, up to 18 s", world={"latency": heavy}),
    "redis-lost": Scenario("Redis lost every 10 minutes", loses=True, least=Least(used=0.96)),
    "redis-lost-others": Scenario("Redis lost every 10 minutes, others 10 %", OTHERS_10, loses=True),
    "writes": Scenario("every second call a write, which costs 2", world={"kinds": ("read", "write")}),
    "wrong-cost": Scenario(
        "writes cost 1, guessed 2",
        world={"kinds": ("read", "write"), "costs": {"read": 1, "write": 1, "light": 0}},
    ),
    "wrong-window": Scenario("a minute, guessed an hour", guess=Guess(window=HOUR)),
    "older-scheme": Scenario("3,000 an hour", OLDER, {"population": 20}, Guess(window=HOUR), hours=3),
    "wrong-older": Scenario("3,000 an hour, guessed a minute", OLDER, {"population": 20}, Guess(), hours=3),
    "first-call": Scenario("windows that start at the first call", {"kind": "first"}),
    "sliding": Scenario("sliding windows", {"kind": "sliding"}),
    "size": Scenario(
        "the size is changed in mid-window: 60, 90, 40, 60",
        {"sizes": ((630_000, 90), (1_220_000, 40), (2_430_000, 60))},
    ),
}
COMPARED = ("exclusive", "others-10", "lost-answers", "older-scheme")
"""The scenarios that the other methods are run for too: the rest is about what only ours learns."""
