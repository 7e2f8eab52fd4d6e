"""What the sandbox saw and sent: every API call received, every callback fired."""

from collections import deque
from datetime import UTC, datetime
from typing import Any

from workers.vendors.sandbox.wire import Json

KEPT = 100_000
"""Enough for a long chaos run; a sandbox left running for weeks must not eat the machine's memory."""


class Log:
    """Numbered entries, oldest dropped first. The caller holds the sandbox's lock."""

    def __init__(self) -> None:
        self._entries: deque[Json] = deque(maxlen=KEPT)
        self._n = 0

    def add(self, **facts: Any) -> Json:
        self._n += 1
        entry: Json = {"n": self._n, "at": datetime.now(UTC).isoformat(timespec="milliseconds"), **facts}
        self._entries.append(entry)
        return entry

    def entries(self, since: int = 0, **equal: str | None) -> list[Json]:
        """Entries numbered above `since`, whose named facts equal what is asked (None: any)."""
        wanted = {name: value for name, value in equal.items() if value is not None}
        return [
            dict(entry)
            for entry in self._entries
            if entry["n"] > since and all(entry.get(name) == value for name, value in wanted.items())
        ]

    def tail(self, count: int) -> list[Json]:
        return [dict(entry) for entry in list(self._entries)[-count:]][::-1]

    def clear(self) -> None:
        """Forget the entries; numbers go on, so that a reader's `since` stays valid."""
        self._entries.clear()
