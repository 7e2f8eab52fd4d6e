"""Stands in for the scheduler: what has not come for a while, a worker sends itself.

Without it a scheduler that is down, or hangs, would leave everything that waits waiting. Its tasks may come
from several at once: each only looks at the ledger, which knows what is due. A worker does not know whether
another one has just taken the task, so that one may be sent too many, but one for all workers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

LOOK_SECONDS = (2.0, 5.0)
# So many times the task's period, or this long, without one means that the scheduler does not send.
PERIODS = 3
SHORTEST_SECONDS = 3.0

Send = Callable[[str, float, Mapping[str, Any]], object]
"""Sends a task with its options, unless another worker has done so within so many seconds."""


@dataclass
class Missed:
    """Decides; times in seconds of a clock that only goes forward."""

    schedule: Mapping[str, Mapping[str, Any]]
    began: float
    _received: dict[str, float] = field(default_factory=dict)

    def received(self, task: str, now: float) -> None:
        """This worker has taken one."""
        self._received[task] = now

    def at(self, now: float) -> list[Mapping[str, Any]]:
        """The entries of the schedule whose task has not come for too long."""
        return [
            entry
            for entry in self.schedule.values()
            if now - self._received.get(entry["task"], self.began) > self.longest(entry)
        ]

    @staticmethod
    def longest(entry: Mapping[str, Any]) -> float:
        """How long its task may stay away."""
        return max(SHORTEST_SECONDS, PERIODS * float(entry["schedule"]))


class Understudy(threading.Thread):
    """Looks every few seconds, in the worker's main process."""

    def __init__(self, schedule: Mapping[str, Mapping[str, Any]], send: Send, randomness: Random) -> None:
        super().__init__(name="understudy", daemon=True)
        self._missed = Missed(schedule, time.monotonic())
        self._send = send
        self._random = randomness

    def received(self, task: str) -> None:
        """A message has been taken."""
        self._missed.received(task, time.monotonic())

    def run(self) -> None:
        while True:
            # Not all workers at once.
            time.sleep(self._random.uniform(*LOOK_SECONDS))
            for entry in self._missed.at(time.monotonic()):
                self._send(entry["task"], float(entry["schedule"]), entry["options"])
