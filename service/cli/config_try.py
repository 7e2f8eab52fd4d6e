"""`perezvon config try`: what an event would cause with a changed file, and how that differs."""

from __future__ import annotations

import difflib
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from service import settings
from service.cli.examination.own import open_ledger
from service.config import load
from service.config.load import ConfigError
from service.ledger.database import Ledger
from service.ledger.tables import Attempt, Event
from service.settings import SettingsError
from workers.flows.rehearsal import Rehearsal, UnknownEvent, rehearse
from workers.vendors import tables
from workers.vendors.registry import OPERATIONS


@click.command("try")
@click.argument("event")
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path),
    help="The changed file; without it the one in force.",
)
@click.option(
    "--answer",
    "answers",
    multiple=True,
    metavar="OPERATION=JSON",
    help='What a vendor would answer, such as omnidesk.cases.get=\'{"case": {"status": "closed"}}\'.',
)
def try_event(event: str, file: Path | None, answers: tuple[str, ...]) -> None:
    """Show the vendor calls that EVENT (its id) would cause with a changed file. Nothing is sent or written.

    And the difference to the file in force. Customers' names and numbers are in what is shown.
    """
    given = _answers(answers)
    try:
        now = settings.load(os.environ)
        changed = replace(now, config=load.read(file).config) if file else now
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    except ConfigError as error:
        click.echo(str(error))
        sys.exit(1)
    try:
        ledger = open_ledger(os.environ)
    except FileNotFoundError as error:
        raise click.ClickException(f"there is no ledger at {error}: no event has come yet") from None
    try:
        _describe(ledger, event)
        would = rehearse(ledger, event, changed, given)
        in_force = rehearse(ledger, event, now, given) if file else would
        _calls(would, str(file) if file else "the configuration in force")
        _then(ledger, event)
    except UnknownEvent:
        raise click.ClickException(
            f"there is no event {event}; `perezvon events list` shows the newest"
        ) from None
    except SQLAlchemyError as error:
        raise click.ClickException(
            f"DATABASE_URL: the ledger cannot be read ({type(error).__name__}); run `perezvon migrate`, "
            "and check that its server runs"
        ) from None
    finally:
        ledger.close()
    if file:
        _difference(in_force, would, str(file))
    else:
        click.echo("Give a changed file with --config FILE, and the difference is shown.")


def _answers(words: tuple[str, ...]) -> dict[str, Any]:
    found = {}
    for word in words:
        name, _, text = word.partition("=")
        if name not in OPERATIONS:
            near = tables.suggest(name, OPERATIONS)
            raise click.BadParameter(f"there is no operation {name}{near}", param_hint="--answer")
        try:
            found[name] = json.loads(text)
        except ValueError as error:
            raise click.BadParameter(f"{name}: not JSON: {error}", param_hint="--answer") from None
    return found


def _describe(ledger: Ledger, event_id: str) -> None:
    with ledger.read() as session:
        event = session.scalars(select(Event).where(Event.id == event_id)).one_or_none()
        if event is None:
            raise UnknownEvent(event_id)
        click.echo(f"{event.type} {event.subject} ({event.status})\n")


def _calls(would: Rehearsal, what: str) -> None:
    """The calls, and what in them rests on answers that nobody gave."""
    count = len(would.calls)
    click.echo(f"With {what} it makes {count or 'no'} call{'' if count == 1 else 's'} (nothing was sent):\n")
    for line in would.lines():
        click.echo(f"  {line}".rstrip())
    if reads := list(dict.fromkeys(call.operation for call in would.calls if call.read)):
        click.echo(
            f"The vendors were not asked: the answers of {', '.join(reads)} are made up from the event "
            "and the ledger; --answer gives others. What was known before the event is not kept, so all "
            "that it tells counts as news."
        )


def _then(ledger: Ledger, event_id: str) -> None:
    """The calls that the ledger has."""
    with ledger.read() as session:
        attempts = session.scalars(
            select(Attempt).join(Event).where(Event.id == event_id).order_by(Attempt.id)
        ).all()
        rows = [(one.step, one.operation, _ended(one)) for one in attempts]
    click.echo(
        "\nCalls of then, from the ledger:" if rows else "\nThe ledger has no calls of this event yet."
    )
    for step, operation, ended in rows:
        click.echo(f"  {step}: {operation} ({ended})")


def _ended(attempt: Attempt) -> str:
    return " ".join(str(one) for one in (attempt.outcome or "no end", attempt.http_status) if one)


def _difference(in_force: Rehearsal, would: Rehearsal, file: str) -> None:
    click.echo(
        "\nDifference to then. The ledger keeps which calls were made and not what was in them, so what was "
        "sent then is computed with the configuration in force now:\n"
    )
    lines = list(difflib.unified_diff(in_force.lines(), would.lines(), "in force", file, n=2, lineterm=""))
    for line in lines:
        click.echo(f"  {line}")
    if not lines:
        click.echo("  none")
