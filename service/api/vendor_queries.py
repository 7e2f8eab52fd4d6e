"""How the vendors stand: state, quota, what waits for them, the last call."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.api import standings
from service.api.standings import Breaker, State
from service.ledger import waiting
from service.ledger.clock import db_now
from service.ledger.operators import RUNNING
from service.ledger.tables import Attempt, Event, Vendor
from service.settings import Settings

TITLES = {"omnidesk": "Omnidesk", "cscart": "CS-Cart", "obzvonilka": "Obzvonilka"}
"""The vendors by name, as people call them."""


@dataclass(frozen=True)
class Quota:
    """The calls left in the vendor's window when it last said so; None is what it never said."""

    limit: int | None
    left: int | None
    seen_at: int | None
    window_seconds: int | None

    @property
    def share_left(self) -> float | None:
        """From 0 to 1, or None while either number is unknown."""
        if self.left is None or not self.limit:
            return None
        return min(self.left / self.limit, 1.0)


@dataclass(frozen=True)
class VendorStanding:
    """One vendor as operators see it."""

    name: str
    title: str
    state: State
    until: int | None
    breakers: tuple[Breaker, ...]
    message: str | None
    changed_by: str | None
    changed_at: int | None
    quota: Quota
    waiting: int
    last_attempt: Attempt | None


def vendors(session: Session, settings: Settings) -> list[VendorStanding]:
    """All vendors, also those that were never called."""
    rows = {row.name: row for row in session.scalars(select(Vendor))}
    return [_standing(session, settings, name, rows.get(name)) for name in TITLES]


def vendor(session: Session, settings: Settings, name: str) -> VendorStanding:
    """One of `TITLES`."""
    return _standing(session, settings, name, session.get(Vendor, name))


def _standing(session: Session, settings: Settings, name: str, row: Vendor | None) -> VendorStanding:
    standing = standings.of(row, TITLES[name], session.scalar(select(db_now())) or 0)
    return VendorStanding(
        name=name,
        title=TITLES[name],
        state=standing.state,
        until=standing.until,
        breakers=standing.breakers,
        message=standing.message,
        changed_by=row.changed_by if row else None,
        # The row is made with the first call; only a change of state is news.
        changed_at=row.changed_at if row and (row.changed_by or row.state != RUNNING) else None,
        quota=_quota(settings, name, row),
        waiting=_waiting(session, name),
        last_attempt=session.scalars(
            select(Attempt).where(Attempt.vendor == name).order_by(Attempt.id.desc()).limit(1)
        ).one_or_none(),
    )


def _quota(settings: Settings, name: str, row: Vendor | None) -> Quota:
    # Only Omnidesk tells its quota; the others have none that they document.
    configured = settings.omnidesk if name == "omnidesk" else None
    return Quota(
        limit=(row.quota_limit if row else None) or (configured.quota_per_window if configured else None),
        left=row.quota_left if row else None,
        seen_at=row.quota_seen_at if row else None,
        window_seconds=configured.quota_window_seconds if configured else None,
    )


def _waiting(session: Session, name: str) -> int:
    count = select(func.count()).select_from(Event).where(waiting.for_vendor(name))
    return session.execute(count).scalar_one()
