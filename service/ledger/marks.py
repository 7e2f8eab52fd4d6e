"""What the program remembers from run to run, by name: a small JSON value each."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.ledger.clock import db_now
from service.ledger.database import upsert
from service.ledger.tables import Mark


def read(session: Session, name: str) -> dict[str, Any] | None:
    """What was written last under the name; None before the first time."""
    return session.execute(select(Mark.data).where(Mark.name == name)).scalar_one_or_none()


def write(session: Session, name: str, data: dict[str, Any]) -> None:
    """Remember `data` in the place of what stood there."""
    values = {"data": data, "updated_at": db_now()}
    session.execute(
        upsert(session, Mark)
        .values(name=name, **values)
        .on_conflict_do_update(index_elements=[Mark.name], set_=values)
    )
