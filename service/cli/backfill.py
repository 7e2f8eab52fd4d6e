"""`perezvon backfill --since WHEN`: the call requests of a period that no callback told us of."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from service import settings
from service.api import moments
from service.ledger import migrate
from service.ledger.clock import SECOND
from service.ledger.database import Ledger
from service.ledger.life import OPEN, Lane, Status
from service.ledger.migrate import Standing
from service.ledger.tables import Event, Step
from service.settings import SettingsError
from workers.reconcile import schedule

LOOK_SECONDS = 0.5
# Nobody has touched the walk for so long: say that it takes a worker.
UNTOUCHED_SECONDS = 20
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True)
class Progressed:
    """How far a backfill is: the walk's state, rows seen in the store, events made, and of those ended."""

    status: str
    message: str | None
    seen: int
    found: int
    ended: int

    @property
    def walked(self) -> bool:
        return self.status not in OPEN


class When(click.ParamType["int"]):
    """A time: ISO 8601, Unix seconds, or how long ago (90m, 12h, 7d, 2w)."""

    name = "when"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Milliseconds since 1970."""
        text = value.strip()
        if ago := re.fullmatch(r"(\d{1,5})([mhdw])", text):
            moment = datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
            return int(moment.timestamp() * SECOND)
        try:
            return moments.read(text)
        except (ValueError, OverflowError):
            self.fail(
                f"{value!r} is no time; give one like 2026-11-20, 2026-11-20T09:00:00+03:00, 12h or 7d",
                param,
                ctx,
            )


@click.command()
@click.option("--since", type=When(), required=True, help="ISO 8601 (UTC without a zone), or 90m, 12h, 7d.")
@click.option("--no-wait", is_flag=True, help="Ask for it and return; it goes on by itself.")
def backfill(since: int, no_wait: bool) -> None:
    """Carry the call requests made SINCE that this service does not know yet.

    The running service walks the store's list and works what it finds after everything that customers wait
    for just now. What is known already is left alone, so it may be run again. Ctrl-C ends only the watching.
    """
    console = Console()
    ledger = _ledger()
    try:
        with ledger.exclusive() as session:
            event_id = schedule.ask_backfill(session, since)
        console.print(f"Call requests made since {moments.iso(since)}; event {event_id}")
        if no_wait:
            return
        last = _watch(console, lambda: _look(ledger, event_id))
    except SQLAlchemyError as error:
        raise click.ClickException(f"the ledger is away ({type(error).__name__})") from None
    except KeyboardInterrupt:
        console.print("It goes on by itself.")
        return
    finally:
        ledger.close()
    console.print(f"{last.seen} seen, {last.found} new, {last.ended} of them ended. {last.message or ''}")
    sys.exit(0 if last.status == Status.DONE else 1)


def _ledger() -> Ledger:
    """The running service's ledger. Raises `ClickException`."""
    try:
        ledger = Ledger(settings.load_ledger_url(os.environ))
        current = migrate.current(ledger)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    except (SQLAlchemyError, OSError) as error:
        raise click.ClickException(
            f"DATABASE_URL: the ledger cannot be opened ({type(error).__name__})"
        ) from None
    if migrate.standing(current) is Standing.BEHIND:
        raise click.ClickException("the ledger is not of this version; run perezvon migrate")
    return ledger


def _watch(console: Console, look: Callable[[], Progressed]) -> Progressed:
    """Show the bar until the walk and all that it found have ended."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    began = time.monotonic()
    said = False
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("Looking through the store's list", total=None)
        while True:
            now = look()
            what = "Carried" if now.walked else f"{now.seen} seen in the store's list; carried"
            progress.update(
                bar, description=what, total=now.found if now.walked else None, completed=now.ended
            )
            if now.walked and (now.status != Status.DONE or now.ended >= now.found):
                return now
            if not said and now.status == Status.RECEIVED and time.monotonic() - began > UNTOUCHED_SECONDS:
                progress.console.print("No worker has taken it yet: does the service run?")
                said = True
            time.sleep(LOOK_SECONDS)


def _look(ledger: Ledger, event_id: str) -> Progressed:
    with ledger.read() as session:
        return look(session, event_id)


def look(session: Session, event_id: str) -> Progressed:
    """How far the backfill is."""
    walk = session.scalars(select(Event).where(Event.id == event_id)).one()
    results = session.scalars(
        select(Step.result).where(Step.event_seq == walk.seq, Step.name.startswith("walk."))
    ).all()
    # What the walk made came after it, in the bulk lane; a reconciliation of the same minutes may add a few.
    ended = session.scalar(
        select(func.count()).where(
            Event.seq > walk.seq,
            Event.source == "cscart",
            Event.lane == Lane.BULK,
            Event.status.not_in(OPEN),
        )
    )
    found = sum(one["found"] for one in results)
    return Progressed(
        walk.status, walk.message, sum(one["seen"] for one in results), found, min(ended or 0, found)
    )
