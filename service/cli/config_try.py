"""`perezvon config try`: what an event would cause with a changed file, and how that differs."""

from __future__ import annotations

import difflib
import json
import os
import sys
from dataclasses import dataclass, replace
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
from service.ledger.life import Status
from service.ledger.tables import Event
from service.settings import SettingsError
from workers.flows import history
from workers.flows.history import History
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

    And the difference to what was sent then. Customers' names and numbers are in what is shown.
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
        found = _find(ledger, event)
        would = rehearse(ledger, event, changed, given)
        in_force = rehearse(ledger, event, now, given) if file else would
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
    what = str(file) if file else "the configuration in force"
    click.echo(f"{found.type} {found.subject} ({found.status})\n")
    _calls(would, what)
    _then(found)
    _difference(found, would, in_force, what)


@dataclass(frozen=True)
class _Event:
    """What is told of the event."""

    type: str
    subject: str
    status: str
    then: History


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


def _find(ledger: Ledger, event_id: str) -> _Event:
    with ledger.read() as session:
        event = session.scalars(select(Event).where(Event.id == event_id)).one_or_none()
        if event is None:
            raise UnknownEvent(event_id)
        return _Event(event.type, event.subject, event.status, history.of(session, event.seq))


def _calls(would: Rehearsal, what: str) -> None:
    """The calls, and what in them rests on answers that nobody gave."""
    count = len(would.calls)
    click.echo(f"With {what} it makes {count or 'no'} call{'' if count == 1 else 's'} (nothing was sent):\n")
    for line in would.lines():
        click.echo(f"  {line}".rstrip())
    told = []
    if would.recorded:
        told.append(f"to {', '.join(would.recorded)} they answer as they did then")
    if would.invented:
        told.append(f"the answers of {', '.join(would.invented)} are made up from the event and the ledger")
    if told:
        click.echo(f"The vendors were not asked: {'; '.join(told)}. --answer gives others.")
    if would.forgotten:
        click.echo("What was known before the event was not kept, so all that it tells counts as news.")


def _then(event: _Event) -> None:
    """The calls that the ledger has."""
    attempts = event.then.attempts
    click.echo(
        "\nCalls of then, from the ledger:" if attempts else "\nThe ledger has no calls of this event."
    )
    for one in attempts:
        ended = " ".join(str(part) for part in (one.outcome or "no end", one.http_status) if part)
        click.echo(f"  {one.step}: {one.operation} ({ended})")


def _difference(event: _Event, would: Rehearsal, in_force: Rehearsal, what: str) -> None:
    """What was sent then, beside what would be sent now; without it what the file in force would send."""
    click.echo("\nDifference to then:")
    then = event.then
    if then.is_whole and (then.attempts or event.status == Status.DONE):
        if event.status != Status.DONE:
            click.echo(f"The event is {event.status}: calls that it has not made count as new.")
        _show(history.lines(then.in_order(would.calls)), history.lines(would.calls), "sent then", what)
        return
    if then.attempts:
        click.echo("The ledger does not have what was in these calls: they are from before it was kept.")
    else:
        click.echo("There is nothing of then to compare with: no call has been made for this event yet.")
    if would is in_force:
        click.echo("Give a changed file with --config FILE, and the difference to the one in force is shown.")
    else:
        click.echo("What would have been sent is computed with the configuration in force now.")
        _show(in_force.lines(), would.lines(), "in force", what)


def _show(before: list[str], after: list[str], name: str, changed: str) -> None:
    lines = list(difflib.unified_diff(before, after, name, changed, n=2, lineterm=""))
    for line in lines or ["none"]:
        click.echo(f"  {line}".rstrip())
