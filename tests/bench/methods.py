"""Ways of spending a quota: ours, run by the real scripts, and those that it is compared with."""

from __future__ import annotations

from random import Random
from typing import Any

import redis

from tests.bench.vendor import Told
from tests.bench.world import Job
from workers.pacing.pacer import Account, Pacer, Permit, Summary


class Ours:
    """Reserve, reconcile, pace: the scripts of workers/pacing in a real Valkey, with the time passed in."""

    name = "reserve, reconcile, pace"

    def __init__(self, client: redis.Redis, account: Account, random: Random) -> None:
        self.client = client
        self.account = account
        self.now = 0
        self.mirror: Summary | None = None
        self.refusals: dict[str, int] = {}
        self.pacer = Pacer(client, random, recall=lambda _: self.mirror, clock=lambda: self.now)
        client.delete(account.key)

    def ask(self, job: Job, now: int) -> tuple[Permit | None, int]:
        self.now = now
        answer = self.pacer.acquire(
            self.account,
            lane=job.lane,
            kind=job.kind,
            key=job.key,
            operation="read",
            again=job.asked > 0,
        )
        if isinstance(answer, Permit):
            return answer, 0
        self.refusals[answer.why] = self.refusals.get(answer.why, 0) + 1
        return None, now + answer.delay

    def answered(self, token: Permit, now: int, told: Told | None) -> int:
        self.now = now
        if told is None:
            self._keep(self.pacer.settle(token, ok=False))
        elif told.accepted:
            self._keep(
                self.pacer.settle(
                    token, ok=True, left=told.left, limit=told.limit, retry_after=told.retry_after
                )
            )
        else:
            seconds = 60.0 if told.retry_after is None else told.retry_after
            self._keep(self.pacer.freeze(token, seconds, told=told.retry_after is not None))
        return now

    def lose(self, now: int) -> None:
        """Redis comes back empty."""
        self.now = now
        self.client.delete(self.account.key)

    def _keep(self, summary: Summary) -> None:
        self.mirror = {**summary, "account": self.account.id}


class SendAndRetry:
    """Eight workers send at once, and again a second after a refusal."""

    name = "send and retry"

    def __init__(self, workers: int = 8) -> None:
        self._free = workers

    def ask(self, job: Job, now: int) -> tuple[Any, int]:
        if job.lane == "bulk":
            if not self._free:
                return None, now + 100
            self._free -= 1
        return job.lane, 0

    def answered(self, token: str, now: int, told: Told | None) -> int:  # noqa: ARG002
        if token == "bulk":
            self._free += 1
        return now + 1000


class React:
    """Eight workers send until a 429, and all are still for as long as it says."""

    name = "react to 429"

    def __init__(self, workers: int = 8) -> None:
        self._free = workers
        self._until = 0

    def ask(self, job: Job, now: int) -> tuple[Any, int]:
        if now < self._until:
            return None, self._until
        if job.lane == "bulk":
            if not self._free:
                return None, now + 100
            self._free -= 1
        return job.lane, 0

    def answered(self, token: str, now: int, told: Told | None) -> int:
        if token == "bulk":
            self._free += 1
        if told is not None and not told.accepted:
            self._until = now + 1000 * (60 if told.retry_after is None else told.retry_after)
        return self._until


class Gcra:
    """An even stream of `limit` in a window, known beforehand; the vendor's own numbers are not looked at."""

    name = "GCRA at limit/window"

    def __init__(self, limit: int, window: int) -> None:
        self._gap = window / limit
        self._next = 0.0
        self._frozen = 0

    def ask(self, job: Job, now: int) -> tuple[Any, int]:
        if now < self._frozen:
            return None, self._frozen
        if now < self._next:
            # People ask again at once when the next turn comes, bulk a little later.
            return None, int(self._next) + (0 if job.lane == "interactive" else 200)
        self._next = max(self._next, now - 2 * self._gap) + self._gap
        return job.lane, 0

    def answered(self, token: str, now: int, told: Told | None) -> int:  # noqa: ARG002
        if told is not None and not told.accepted:
            self._frozen = now + 1000 * (told.retry_after or 60)
        return self._frozen


class Split:
    """Four processes with a counter each of their part of the limit, 30 % for people and 70 % for bulk."""

    name = "local counters, lanes split"

    def __init__(self, limit: int, window: int, random: Random, processes: int = 4) -> None:
        self._parts = {"interactive": int(limit * 0.3 / processes), "bulk": int(limit * 0.7 / processes)}
        self._window = window
        self._random = random
        self._processes = processes
        self._spent: dict[tuple[str, int, int], int] = {}

    def ask(self, job: Job, now: int) -> tuple[Any, int]:
        window = now // self._window
        place = (job.lane, self._random.randrange(self._processes), window)
        if self._spent.get(place, 0) >= self._parts[job.lane]:
            # Another process may have some left; when none has, the window's end.
            spent = [self._spent.get((job.lane, one, window), 0) for one in range(self._processes)]
            full = all(one >= self._parts[job.lane] for one in spent)
            return None, (window + 1) * self._window if full else now + 500
        self._spent[place] = self._spent.get(place, 0) + 1
        return job.lane, 0

    def answered(self, token: str, now: int, told: Told | None) -> int:  # noqa: ARG002
        return now + 1000 * ((told.retry_after or 60) if told and not told.accepted else 0)
