"""Notices that the ledger stands where it stood before: restored from a backup, say.

Redis remembers the number of the last attempt that the ledger had. When the ledger has not got that far, what
is in it may have gone further at the vendors than it knows: each of its events is looked up there before
anything is made. Without Redis' memory nothing is noticed; then what a vendor shows has to do.
"""

from __future__ import annotations

import logging
from typing import cast

import redis
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.ledger import marks
from service.ledger.clock import db_now
from service.ledger.database import Ledger
from service.ledger.tables import Attempt

log = logging.getLogger(__name__)

MARK = "rewound"
"""The mark with `at`, when it was noticed last, in ms by the ledger's clock."""

_KEY = "perezvon:ledger:attempts"


class Rewound:
    """Watches over one ledger."""

    def __init__(self, ledger: Ledger, client: redis.Redis) -> None:
        self._ledger = ledger
        self._client = client

    def look(self) -> None:
        """Write the mark if the ledger has gone back. Raises SQLAlchemy's errors."""
        try:
            # Before the ledger is asked: what others write meanwhile must not look like a step back.
            seen = int(cast(bytes | None, self._client.get(_KEY)) or 0)
            with self._ledger.read() as session:
                last: int = session.scalar(select(func.max(Attempt.id))) or 0
            if last < seen:
                with self._ledger.write() as session:
                    _note(session)
                log.warning("the ledger has gone back in time; what is in it is looked up before it is made")
            if last != seen:
                self._client.set(_KEY, last)
        except redis.RedisError:
            # No call is made without Redis either.
            log.warning("redis is away: nobody knows whether the ledger has gone back")

    def saw(self, attempt: int) -> None:
        """Remember that the ledger has got as far as this."""
        try:
            self._client.set(_KEY, attempt)
        except redis.RedisError:
            log.warning("redis is away: how far the ledger has got is not remembered")


def _note(session: Session) -> None:
    marks.write(session, MARK, {"at": session.scalar(db_now().select())})


def at(session: Session) -> int:
    """When the ledger was found to have gone back last; 0 if never."""
    mark = marks.read(session, MARK)
    return int(mark["at"]) if mark else 0
