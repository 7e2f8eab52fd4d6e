"""The ledger's copy of the pacing's state: for the dashboard, and for a cold start when Redis was lost."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from service.ledger.clock import SECOND, db_now
from service.ledger.database import Ledger
from service.ledger.tables import Vendor
from workers.pacing.pacer import Account, Summary

# More than workers' summaries can overtake each other: Redis' clock was set back.
SET_BACK = 10 * SECOND
# Of vendors that report no quota nothing moves but breakers and freezes: not worth a write for each call.
QUIET = 5 * SECOND


class Mirror:
    """Writes and reads the copies. `due` keeps what this process has written."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._written: dict[str, Summary] = {}

    def due(self, account: Account, summary: Summary) -> bool:
        """Is there anything new to write?"""
        if summary["reports"]:
            return True
        last = self._written.get(account.id)
        same = last is not None and all(
            last[name] == summary[name] for name in ("frozen", "refusals", "open", "reports")
        )
        return not (same and last is not None and 0 <= summary["at"] - last["at"] < QUIET)

    def write(self, session: Session, account: Account, summary: Summary) -> None:
        """Keep the summary, unless a newer one is there. The vendor's row must exist."""
        self._written[account.id] = summary
        values: dict[Any, Any] = {
            Vendor.pacing: {**summary, "account": account.id},
            Vendor.pacing_at: summary["at"],
        }
        if summary.get("left") is not None:
            values |= {
                Vendor.quota_left: summary["left"],
                Vendor.quota_limit: summary.get("limit"),
                Vendor.quota_seen_at: db_now(),
            }
        session.execute(
            update(Vendor)
            .where(
                Vendor.name == account.vendor,
                or_(
                    Vendor.pacing_at.is_(None),
                    Vendor.pacing_at <= summary["at"],
                    Vendor.pacing_at > summary["at"] + SET_BACK,
                ),
            )
            .values(values)
        )

    def recall(self, account: Account) -> Summary | None:
        """What was written last for this account, and the same settings."""
        with self._ledger.read() as session:
            kept = session.scalar(select(Vendor.pacing).where(Vendor.name == account.vendor))
        return kept if kept and kept.get("account") == account.id else None
