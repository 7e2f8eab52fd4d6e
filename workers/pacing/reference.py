"""Reference data of a vendor, kept in Redis for a while: what changes seldom is not asked for each time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import redis

from workers.pacing.gate import Wait
from workers.vendors.errors import VendorError

# Groups, staff, labels, channels, languages and custom fields are changed by people, a few times a week.
LIFETIME_SECONDS = 900
# While the vendor cannot be asked, yesterday's groups are better than none.
STALE_SECONDS = 86_400


class Reference:
    """A cache that all processes share; without Redis every question goes to the vendor."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis: Any = client

    def get(self, key: str, fetch: Callable[[], Any], lifetime: int = LIFETIME_SECONDS) -> Any:
        """What is kept under the key, not older than `lifetime` seconds, or what `fetch` gives.

        When `fetch` cannot ask now, an older value has to do. Raises what `fetch` raises without one.
        """
        name = f"perezvon:reference:{key}"
        kept, fresh = self._read(name)
        if kept is not None and fresh:
            return kept["value"]
        try:
            value = fetch()
        except Wait:
            if kept is None:
                raise
            return kept["value"]
        except VendorError as error:
            if kept is None or not error.retryable:
                raise
            return kept["value"]
        self._keep(name, value, lifetime)
        return value

    def _read(self, name: str) -> tuple[dict[str, Any] | None, bool]:
        try:
            text, fresh = self._redis.mget(name, f"{name}:fresh")
        except redis.RedisError:
            return None, False
        kept = json.loads(text) if text else None
        return kept, fresh is not None

    def _keep(self, name: str, value: Any, lifetime: int) -> None:
        try:
            with self._redis.pipeline() as together:
                together.set(name, json.dumps({"value": value}), ex=max(STALE_SECONDS, lifetime))
                together.set(f"{name}:fresh", "1", ex=lifetime)
                together.execute()
        except redis.RedisError:
            # The next one asks the vendor again.
            return
