"""Keeps threads from waiting one after another for a database that does not answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Of several that want to connect while an answer is in doubt one tries; the others wait for it this long.
WAIT_SECONDS = 1.0
# A try that has failed is not made again for this long.
REST_SECONDS = 1.0


class Unanswered(Exception):
    """The database did not answer a moment ago: not tried again yet."""


class Gate:
    """What one process knows of its database: does it answer? Times in seconds of a clock that only goes
    forward."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._doubted = False
        self._trying = False
        self._rest_until = 0.0

    def doubt(self) -> None:
        """A statement was given up: from now on connections are made one at a time, until one is there."""
        with self._changed:
            self._doubted = True

    @contextmanager
    def connecting(self) -> Iterator[None]:
        """Around the making of a connection. Raises `Unanswered` instead of waiting in a row."""
        alone = self._enter()
        try:
            yield
        except BaseException:
            self._leave(alone=alone, answered=False)
            raise
        self._leave(alone=alone, answered=True)

    def _enter(self) -> bool:
        with self._changed:
            if not self._doubted:
                return False
            if self._trying:
                self._changed.wait_for(lambda: not self._trying, WAIT_SECONDS)
                self._check()
                return False
            if self._clock() < self._rest_until:
                raise Unanswered
            self._trying = True
            return True

    def _check(self) -> None:
        if self._doubted:
            raise Unanswered

    def _leave(self, *, alone: bool, answered: bool) -> None:
        with self._changed:
            self._doubted = not answered
            if not answered:
                self._rest_until = self._clock() + REST_SECONDS
            if alone:
                self._trying = False
                self._changed.notify_all()
