"""Whatever happens, a vendor that is ours alone and whose window was guessed rightly never has to refuse."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from random import Random
from typing import Any

import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bench.vendor import Kind, Told, Vendor
from workers.pacing.pacer import LEASE, Account, Guess, Pacer, Permit, Summary

START = 1_800_000_000_000
COSTS = {"read": 1, "write": 2, "light": 0}
# Our own time-out for an answer: a call reaches the vendor sooner, or never.
TIMEOUT = 24_000
WINDOW = 60_000
LIMIT = 12


@dataclass
class Call:
    """A call under way; `told` once it has reached the vendor, `dead` when its worker is."""

    permit: Permit
    kind: str
    told: Told | None = None
    dead: bool = False


@dataclass
class History:
    """Workers, Redis and the vendor, moved on step by step."""

    client: redis.Redis
    vendor: Vendor
    guess: Guess
    now: int = START
    calls: list[Call] = field(default_factory=list)
    mirror: Summary | None = None
    granted: int = 0

    def __post_init__(self) -> None:
        self.account = Account("omnidesk", uuid.uuid4().hex, self.guess)
        self.pacer = Pacer(self.client, Random(0), recall=lambda _: self.mirror, clock=lambda: self.now)
        self.vendor.start(self.now)

    def step(self, what: str, number: int, kind: str, lane: str) -> None:
        match what:
            case "time":
                self._pass(number)
            case "ask":
                self._ask(lane, kind, 1 + number % 8)
            case "arrive" | "answer" | "lose" | "die" if self.calls:
                getattr(self, f"_{what}")(self.calls[number % len(self.calls)])
            case "redis" if not self.calls:
                self.client.delete(self.account.key)
            case _:
                pass

    def _pass(self, milliseconds: int) -> None:
        ends = self.now + milliseconds
        for call in list(self.calls):
            sent = call.permit.sent
            if call.dead and ends > sent + LEASE:
                self._arrive(call)
                self.calls.remove(call)
            elif not call.dead and ends > sent + TIMEOUT:
                self.now = max(self.now, sent + TIMEOUT)
                self._arrive(call)
                self._answer(call)
        self.now = max(self.now, ends)

    def _ask(self, lane: str, kind: str, times: int) -> None:
        for _ in range(times):
            answer = self.pacer.acquire(self.account, lane=lane, kind=kind, key="shop", operation="read")
            if not isinstance(answer, Permit):
                break
            self.granted += 1
            self.calls.append(Call(answer, kind))

    def _arrive(self, call: Call) -> None:
        if call.told is None:
            call.told = self.vendor.take(self.now, COSTS[call.kind])
            assert call.told.accepted, f"refused {self.now - START} ms after the beginning"

    def _answer(self, call: Call) -> None:
        if call.dead:
            return
        self._arrive(call)
        assert call.told is not None
        self._settle(call, left=call.told.left, limit=call.told.limit)

    def _lose(self, call: Call) -> None:
        if not call.dead and call.told is not None:
            self._settle(call)

    def _die(self, call: Call) -> None:
        call.dead = True

    def _settle(self, call: Call, **told: Any) -> None:
        summary = self.pacer.settle(call.permit, ok=None, **told)
        self.mirror = {**summary, "account": self.account.id}
        self.calls.remove(call)


def steps(*more: str) -> st.SearchStrategy[list[tuple[str, int, str, str]]]:
    one = st.tuples(
        st.sampled_from(["time", "time", "ask", "ask", "arrive", "answer", "answer", "lose", "die", *more]),
        st.integers(0, 30_000),
        st.sampled_from(["read", "write", "light"]),
        st.sampled_from(["interactive", "bulk"]),
    )
    return st.lists(one, min_size=20, max_size=60)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=steps("redis"), offset=st.integers(0, WINDOW), kind=st.sampled_from(["fixed", "first"]))
def test_grants_never_exceed_what_the_vendor_gives(
    client: redis.Redis, history: list[tuple[str, int, str, str]], offset: int, kind: Kind
) -> None:
    vendor = Vendor(Random(0), limit=LIMIT, window=WINDOW, kind=kind, offset=offset)
    run = History(client, vendor, Guess(limit=LIMIT, kind=kind))
    for one in history:
        run.step(*one)
    run.step("time", 30_000, "read", "bulk")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=steps(), offset=st.integers(0, WINDOW))
def test_every_permit_comes_back(
    client: redis.Redis, history: list[tuple[str, int, str, str]], offset: int
) -> None:
    run = History(client, Vendor(Random(0), limit=LIMIT, window=WINDOW, offset=offset), Guess(limit=LIMIT))
    for one in history:
        run.step(*one)
    # All workers die; in a while the whole of a window can be spent again.
    run.calls = [call for call in run.calls if call.told is None]
    for call in run.calls:
        call.dead = True
    run.step("time", LEASE + 2 * WINDOW, "read", "interactive")
    run.granted = 0
    for _ in range(LIMIT):
        run.step("ask", 0, "read", "interactive")
        for call in list(run.calls):
            run.step("time", 50, "read", "interactive")
            run._answer(call)
    assert run.granted == LIMIT
