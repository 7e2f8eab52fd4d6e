"""Keeps waits and leases right when a clock is set: by how long they are, not by what the clock says.

SQLite has the machine's clock, which a person, a time server or a resumed virtual machine may set by hours.
Every claim compares it with the clock that counts since the machine was started, and when the two have
parted it moves all that is pending by the difference, in the same transaction. PostgreSQL has its server's
clock and nothing beside it: there `sweep` finds what was written by a clock that was ahead.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from service.ledger import marks
from service.ledger.clock import SECOND, db_now, now_ms
from service.ledger.life import OPEN
from service.ledger.tables import Attempt, Event, Vendor

log = logging.getLogger(__name__)

# A clock that is slewed parts by less than this in an hour; it is far below a lease.
SLACK = 2 * SECOND
_MARK = "clock"
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Readings:
    """Two clocks at one moment, in ms: `steady` counts since the start that `boot` names."""

    wall: int
    steady: int
    boot: str


def read() -> Readings:
    """This machine's clocks."""
    # Also while the machine sleeps, where the system knows such a clock.
    number = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    boot = _BOOT.read_text(encoding="ascii").strip() if _BOOT.exists() else ""
    return Readings(now_ms(), time.clock_gettime_ns(number) // 1_000_000, boot)


def keep(session: Session) -> None:
    """`settle` where it is of use: on SQLite, whose clock is this machine's."""
    if session.get_bind().dialect.name == "sqlite":
        settle(session, read())


def settle(session: Session, seen: Readings) -> int:
    """Move what is pending by as much as the wall clock was set since the last time; gives that, in ms."""
    known = marks.read(session, _MARK)
    if known is not None and known["boot"] == seen.boot:
        jump: int = (seen.wall - known["wall"]) - (seen.steady - known["steady"])
        if abs(jump) < SLACK:
            return 0
        _shift(session, jump)
    else:
        # Another start of the machine: nothing says how long it was off.
        jump = 0
    marks.write(session, _MARK, {"wall": seen.wall, "steady": seen.steady, "boot": seen.boot})
    return jump


def _shift(session: Session, jump: int) -> None:
    log.warning("the machine's clock was set; what waits is moved by as much", extra={"jump_ms": jump})
    session.execute(
        update(Event)
        .where(Event.status.in_(OPEN))
        .values(not_before=Event.not_before + jump, updated_at=Event.updated_at + jump)
    )
    # By their age is decided whether a call whose answer was lost may still be at work.
    of_open = Attempt.event_seq.in_(select(Event.seq).where(Event.status.in_(OPEN)))
    session.execute(update(Attempt).where(of_open).values(started_at=Attempt.started_at + jump))
    session.execute(update(Vendor).where(Vendor.not_before > 0).values(not_before=Vendor.not_before + jump))
    session.execute(
        update(Vendor)
        .where(Vendor.quota_seen_at.is_not(None))
        .values(quota_seen_at=Vendor.quota_seen_at + jump)
    )


def sweep(session: Session) -> int:
    """Give events that were written by a clock that was ahead their waits from now on; gives how many."""
    # First, or what is mended here would be moved once more by the next claim.
    keep(session)
    ahead = (Event.status.in_(OPEN), Event.updated_at > db_now() + SLACK)
    if not session.scalar(select(exists().where(*ahead))):
        return 0
    found = session.scalars(
        update(Event)
        .where(*ahead)
        .values(not_before=db_now() + (Event.not_before - Event.updated_at), updated_at=db_now())
        .returning(Event.seq)
    ).all()
    if found:
        log.warning("the clock went back; what waited is due in time again", extra={"events": len(found)})
    return len(found)
