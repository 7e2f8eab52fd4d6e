"""Omnidesk's limit on calls, in each of the ways it may be counted.

Sources: the Omnidesk document (hourly, reported in `api_calls_left`), FIELD-NOTES (per minute since June
2024, writes cost two), PACING (which kinds of window a client must tell apart).
"""

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from workers.vendors.sandbox.config import QuotaKind, SandboxConfig
from workers.vendors.sandbox.wire import Json


@dataclass(frozen=True)
class QuotaSettings:
    limit: int
    window_seconds: float
    kind: QuotaKind
    write_cost: int
    read_cost: int

    @classmethod
    def of(cls, config: SandboxConfig) -> "QuotaSettings":
        return cls(
            config.quota_limit,
            config.quota_window_seconds,
            config.quota_kind,
            config.write_cost,
            config.read_cost,
        )


class Quota:
    """The calls spent in the present window. The caller holds the sandbox's lock."""

    def __init__(self, settings: QuotaSettings, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self._clock = clock
        self._spent: deque[tuple[float, int]] = deque()
        self._total = 0
        """The sum of what is in `_spent`."""

    def cost(self, method: str) -> int:
        """FIELD-NOTES: POST, PUT and DELETE cost two."""
        return self.settings.read_cost if method == "GET" else self.settings.write_cost

    def left(self) -> int:
        self._forget()
        return max(0, self.settings.limit - self._total)

    def spend(self, calls: int) -> bool:
        """Take calls out of the window, or nothing when they do not fit. A refusal is not charged."""
        if self.left() < calls:
            return False
        if calls:
            self._add(calls)
        return True

    def spend_by_others(self, calls: int) -> None:
        """Another program uses the account: as many as there are, at most."""
        if taken := min(calls, self.left()):
            self._add(taken)

    def set_left(self, left: int) -> None:
        self.clear()
        if spent := self.settings.limit - left:
            self._add(spent)

    def clear(self) -> None:
        self._spent.clear()
        self._total = 0

    def retry_after(self, calls: int = 1) -> int:
        """Whole seconds until so many calls are free again."""
        missing = calls - self.left()
        if missing <= 0 or not self._spent:
            return 0
        now = self._clock()
        end = self._window_end()
        if self.settings.kind == "sliding":
            for moment, freed in self._spent:
                missing -= freed
                end = moment + self.settings.window_seconds
                if missing <= 0:
                    break
        return max(1, math.ceil(end - now))

    def headers(self) -> dict[str, str]:
        """FIELD-NOTES: `rate_limit_per_minute`, `api_calls_left`, and `retry_after` when nothing is left."""
        left = self.left()
        headers = {"api_calls_left": str(left)}
        if self.settings.window_seconds == 60:
            headers["rate_limit_per_minute"] = str(self.settings.limit)
        if left == 0:
            headers["retry_after"] = str(self.retry_after())
        return headers

    def description(self) -> Json:
        return {
            "limit": self.settings.limit,
            "window_seconds": self.settings.window_seconds,
            "kind": self.settings.kind,
            "write_cost": self.settings.write_cost,
            "read_cost": self.settings.read_cost,
            "left": self.left(),
            "retry_after": self.retry_after(),
        }

    def _add(self, calls: int) -> None:
        now = self._clock()
        self._total += calls
        if self._spent and self.settings.kind != "sliding":
            start, spent = self._spent.pop()
            self._spent.append((start, spent + calls))
        else:
            self._spent.append((now, calls))

    def _forget(self) -> None:
        now = self._clock()
        if self.settings.kind == "sliding":
            while self._spent and self._spent[0][0] + self.settings.window_seconds <= now:
                self._total -= self._spent.popleft()[1]
        elif self._spent and self._window_end() <= now:
            self.clear()

    def _window_end(self) -> float:
        """Fixed windows stand on multiples of their length; the other kind begins with its first call."""
        window = self.settings.window_seconds
        if not self._spent:
            return self._clock()
        start = self._spent[0][0]
        return (start // window + 1) * window if self.settings.kind == "fixed" else start + window
