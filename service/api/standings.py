"""How a vendor stands, in one word with its time: from its row in the ledger and the pacing's copy. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from service.api.moments import LATEST
from service.ledger.operators import DENIED, PAUSED, RUNNING
from service.ledger.tables import Vendor

WHOLE = "*"
"""The name of the breaker that stands for all of a vendor's operations."""


class State(StrEnum):
    """In one word; where several are true the last of these is shown."""

    RUNNING = RUNNING
    LIMITED = "limited"
    FAILING = "failing"
    DENIED = DENIED
    PAUSED = PAUSED


@dataclass(frozen=True)
class Breaker:
    """An open circuit breaker: of an operation, or of all; when it is tried again at the latest (ms)."""

    operation: str
    until: int


@dataclass(frozen=True)
class Standing:
    """`until` (ms): when the next call is tried, or the next window begins; None when nobody knows."""

    state: State = State.RUNNING
    until: int | None = None
    message: str | None = None
    breakers: tuple[Breaker, ...] = ()


def of(row: Vendor | None, title: str, now: int) -> Standing:
    """The standing at `now` (ms); a vendor without a row was never called."""
    if row is None:
        return Standing()
    pacing = row.pacing or {}
    breakers = tuple(Breaker(name, _time(until)) for name, until in sorted(pacing.get("open", [])))
    if row.state == PAUSED:
        return Standing(State.PAUSED, None, row.message, breakers)
    if row.state == DENIED:
        return Standing(State.DENIED, row.not_before, row.message, breakers)
    if breakers:
        names = ", ".join(one.operation for one in breakers if one.operation != WHOLE) or "all calls"
        message = f"{title} failed again and again ({names}); one call at a time tries it."
        return Standing(State.FAILING, min(one.until for one in breakers), message, breakers)
    return _limited(pacing, title, now) or Standing(message=row.message)


def _limited(pacing: Mapping[str, Any], title: str, now: int) -> Standing | None:
    frozen = _time(pacing.get("frozen", 0))
    if frozen > now:
        return Standing(State.LIMITED, frozen, f"{title} asked to wait.")
    turns = _time(pacing.get("hi", 0))
    if pacing.get("reports") and pacing.get("left") == 0 and turns > now:
        return Standing(State.LIMITED, turns, f"{title}'s quota is used up; a new window opens soon.")
    return None


def _time(value: float) -> int:
    return min(max(int(value), 0), LATEST)
