"""A vendor with a quota, simulated: it counts calls in windows of any kind. Times are in ms."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal

Kind = Literal["fixed", "first", "sliding"]


@dataclass(frozen=True)
class Told:
    """What a call's answer says. `left` is None in a refusal that says nothing."""

    accepted: bool
    left: int
    limit: int | None
    retry_after: int | None


@dataclass
class Vendor:
    """`others` is the spending of other programs in calls a ms; `sizes` are changes of the limit by time."""

    random: Random
    limit: int = 60
    window: int = 60_000
    kind: Kind = "fixed"
    others: float = 0.0
    offset: int = 17_300
    tells_limit: bool = True
    tells_retry_after: bool = False
    sizes: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        self._spent: deque[tuple[int, int]] = deque()
        self._opened: int | None = None
        self._next_other = 0.0
        # Window's end -> what was spent in it, and its size; the present one is not in it.
        self.windows: list[tuple[int, int]] = []
        self.accepted = 0
        self.refused = 0

    def start(self, now: int) -> None:
        self.started = now
        self._next_other = now + self._gap()

    def take(self, now: int, cost: int) -> Told:
        """A call arrives; a refusal is not charged."""
        self._others_until(now)
        accepted = self._take(now, cost)
        if accepted:
            self.accepted += 1
        else:
            self.refused += 1
        left = self.left(now)
        ends = self.seconds_left(now) if not accepted or (self.tells_retry_after and left == 0) else None
        return Told(accepted, left, self.limit if self.tells_limit else None, ends)

    def left(self, now: int) -> int:
        self._turn(now)
        return max(0, self.limit - sum(cost for _, cost in self._spent))

    def seconds_left(self, now: int) -> int:
        """Whole seconds until calls are given again."""
        if self.kind == "sliding":
            ends = self._spent[0][0] + self.window if self._spent else now
        else:
            ends = self._ends(now)
        return max(1, math.ceil((ends - now) / 1000))

    @property
    def used(self) -> float:
        """Part of what whole windows gave that was spent, by us and by others; the first one is left out."""
        whole = self.windows[1:]
        return sum(spent for spent, _ in whole) / max(1, sum(max(size, spent) for spent, size in whole))

    def _close(self) -> None:
        self.windows.append((sum(cost for _, cost in self._spent), self.limit))

    def _ends(self, now: int) -> int:
        if self.kind == "first":
            return now if self._opened is None else self._opened + self.window
        return ((now - self.offset) // self.window + 1) * self.window + self.offset

    def _turn(self, now: int) -> None:
        for at, size in self.sizes:
            if now >= self.started + at:
                self.limit = size
        if self.kind == "sliding":
            while self._spent and self._spent[0][0] + self.window <= now:
                self._spent.popleft()
            # Looked at once in a window, half way through the run it counts like any other.
            if self._opened is not None and now >= self._opened + self.window:
                self._close()
                self._opened = now
        elif self._opened is None or (
            now >= self._opened + self.window
            if self.kind == "first"
            else self._ends(now) != self._ends(self._opened)
        ):
            if self._opened is not None:
                self._close()
            self._spent.clear()
            self._opened = None

    def _take(self, now: int, cost: int) -> bool:
        if self.left(now) < cost:
            return False
        if self._opened is None:
            self._opened = now
        if cost:
            self._spent.append((now, cost))
        return True

    def _others_until(self, now: int) -> None:
        while self._next_other <= now:
            self._take(int(self._next_other), 1)
            self._next_other += self._gap()

    def _gap(self) -> float:
        return self.random.expovariate(self.others) if self.others else math.inf


Latency = Callable[[Random], float]


def usual(random: Random) -> float:
    """Seconds of an answer: 0.3 s in the middle, seldom over a second."""
    return min(5.0, random.lognormvariate(math.log(0.3), 0.4))


def heavy(random: Random) -> float:
    """Heavy-tailed: half a second in the middle, one in a hundred over five seconds."""
    return min(18.0, 0.3 * random.paretovariate(1.6))
