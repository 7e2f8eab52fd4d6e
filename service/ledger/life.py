"""The life of an event: its states, and the lettered moves between them.

    received -A-> running -B-> done
    running  -C-> waiting(reason, not_before) -A-> running
    running  -D-> dead(message, next action) -E-> waiting (retried by a person)
    received | waiting | dead -F-> cancelled (by a person, or by a deletion that came after it)
    (authentic, but invalid) -G-> rejected -H-> a new, corrected event; the original stays as it came

A worker that dies leaves its event `running` with a lease that lapses; the next claim is move A again.
"""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    RECEIVED = "received"
    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"
    REJECTED = "rejected"


class Reason(StrEnum):
    """Why an event waits."""

    BACKOFF = "backoff"
    QUOTA = "quota"
    BREAKER = "breaker"
    ORDER = "order"
    PAUSED = "paused"


class Lane(StrEnum):
    """Which queue an event goes through: does a person wait for it, or is it a batch's."""

    INTERACTIVE = "interactive"
    BULK = "bulk"


class Origin(StrEnum):
    """How we came to know of an event. Only a callback tells of what has happened just now."""

    CALLBACK = "callback"
    RECONCILIATION = "reconciliation"
    BACKFILL = "backfill"
    POLL = "poll"
    OWN = "own"


DELETION = "call_request.deleted"
"""The type of event that ends what is still open before it in its subject: it waits for none of that."""

CHECK = "perezvon.write_check"
"""The type of event that looks after a write whose answer was lost (see `late`). No other waits for it."""

OPEN = (Status.RECEIVED, Status.RUNNING, Status.WAITING)
"""Not ended: the events that later ones of their subject wait for."""

# From which states each move may be made.
MOVES: dict[str, tuple[Status, ...]] = {
    "A": (Status.RECEIVED, Status.WAITING, Status.RUNNING),
    "B": (Status.RUNNING,),
    "C": (Status.RUNNING,),
    "D": (Status.RUNNING,),
    "E": (Status.DEAD,),
    "F": (Status.RECEIVED, Status.WAITING, Status.DEAD),
    "H": (Status.REJECTED, Status.DEAD, Status.CANCELLED, Status.DONE),
}


class MoveRefused(Exception):
    """An event is not in a state from which the move may be made; the text says what to do."""
