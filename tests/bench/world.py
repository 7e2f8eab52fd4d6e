"""Hours of calls in simulated time: people's as they come, bulk's as many as there may be. Times in ms."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

from tests.bench.vendor import Latency, Told, Vendor, usual

START = 1_800_000_000_000


@dataclass
class Job:
    """One piece of work that needs one call."""

    lane: str
    key: str
    came: int
    kind: str = "read"
    asked: int = 0


class Method(Protocol):
    """A way of deciding when a call may go."""

    name: str

    def ask(self, job: Job, now: int) -> tuple[Any, int]:
        """A token, if the call may go now; otherwise None and when to ask again."""

    def answered(self, token: Any, now: int, told: Told | None) -> int:
        """The call has ended (None: no answer came); when its work may ask again if it was refused."""


@dataclass
class World:
    """`population`: bulk calls that wait at any time; `people`: their calls a minute; `look`: how much later
    than promised work asks again, at most; `lost`: part of the answers that never come; `timeout` after which
    that is known."""

    random: Random
    vendor: Vendor
    method: Method
    minutes: float = 60
    people: float = 6
    population: int = 40
    keys: int = 3
    kinds: tuple[str, ...] = ("read",)
    costs: dict[str, int] = field(default_factory=lambda: {"read": 1, "write": 2, "light": 0})
    latency: Latency = usual
    lost: float = 0.0
    timeout: int = 20_000
    look: int = 200
    batch: int = 1000
    disturb: Callable[[int], None] | None = None
    disturb_every: int = 600_000

    def __post_init__(self) -> None:
        self.now = START
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self.waits: list[int] = []
        self.done: dict[str, int] = {"interactive": 0, "bulk": 0}
        self.by_key: dict[str, int] = {}
        self.makespan: int | None = None

    def at(self, time: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._events, (int(time), next(self._order), act))

    def run(self) -> World:
        self.vendor.start(START)
        ends = START + int(self.minutes * 60_000)
        for number in range(self.population):
            self._new_bulk(number)
        self._next_person()
        if self.disturb:
            self.at(START + self.disturb_every, self._disturb)
        while self._events and self._events[0][0] < ends:
            self.now, _, act = heapq.heappop(self._events)
            act()
        self.vendor.left(ends)
        return self

    @property
    def used(self) -> float:
        """Part of what the vendor gave that was used, by us and by others."""
        return self.vendor.used

    @property
    def refused(self) -> float:
        """Refusals for 10,000 accepted calls."""
        return 10_000 * self.vendor.refused / max(1, self.vendor.accepted)

    def wait(self, part: float) -> float:
        """The quantile of people's waiting, in seconds."""
        ordered = sorted(self.waits) or [0]
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))] / 1000

    def _disturb(self) -> None:
        assert self.disturb is not None
        self.disturb(self.now)
        self.at(self.now + self.disturb_every, self._disturb)

    def _new_bulk(self, number: int) -> None:
        kind = self.kinds[number % len(self.kinds)]
        job = Job("bulk", f"shop/{number % self.keys}", self.now, kind)
        self.at(self.now + self.random.uniform(0, self.look), lambda: self._ask(job))

    def _next_person(self) -> None:
        if not self.people:
            return

        def come() -> None:
            self._ask(Job("interactive", f"shop/{self.random.randrange(self.keys)}", self.now))
            self._next_person()

        self.at(self.now + self.random.expovariate(self.people / 60_000), come)

    def _ask(self, job: Job) -> None:
        token, later = self.method.ask(job, self.now)
        job.asked += 1
        if token is None:
            # Work comes back a little late, and never in the same millisecond.
            self.at(max(later, self.now + 1) + self.random.uniform(0, self.look), lambda: self._ask(job))
            return
        sent = self.now
        took = self.latency(self.random) * 1000
        self.at(self.now + took / 2, lambda: self._arrive(job, token, sent, took))

    def _arrive(self, job: Job, token: Any, sent: int, took: float) -> None:
        told = self.vendor.take(self.now, self.costs[job.kind])
        if told.accepted and self.lost and self.random.random() < self.lost:
            self.at(sent + self.timeout, lambda: self._end(job, token, sent, None))
        else:
            self.at(self.now + took / 2, lambda: self._end(job, token, sent, told))

    def _end(self, job: Job, token: Any, sent: int, told: Told | None) -> None:
        later = self.method.answered(token, self.now, told)
        if told is not None and not told.accepted:
            self.at(max(later, self.now + 1) + self.random.uniform(0, self.look), lambda: self._ask(job))
            return
        self.done[job.lane] += 1
        self.by_key[job.key] = self.by_key.get(job.key, 0) + 1
        if job.lane == "interactive":
            self.waits.append(sent - job.came)
        else:
            if self.done["bulk"] == self.batch:
                self.makespan = self.now - START
            self._new_bulk(int(job.key.rpartition("/")[2]) + self.keys * self.random.randrange(100))
