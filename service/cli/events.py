"""`perezvon events`: the ledger's events from a terminal, for when there is no browser at hand."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Callable
from typing import Any

import click
from marshmallow import Schema, ValidationError
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from service.api import moments, queries
from service.api.schemas import DetailShape, EventQuery, EventsShape
from service.cli.ledgers import with_ledger
from service.ledger import operators
from service.ledger.life import MoveRefused, Status
from service.ledger.tables import Event


@click.group()
def events() -> None:
    """Look at events, retry and cancel them, in the ledger of DATABASE_URL."""


@events.command("list")
@click.option("--status", type=click.Choice([str(one) for one in Status]))
@click.option("--type", "kind", metavar="TYPE", help="Such as call_request.created.")
@click.option("--source", metavar="NAME", help="cscart or omnidesk.")
@click.option("--subject", metavar="TEXT", help="Such as cscart/1/call_request/57.")
@click.option("--since", metavar="TIME", help="ISO 8601 or Unix seconds.")
@click.option("--until", metavar="TIME")
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="As the API gives them.")
def list_events(as_json: bool, kind: str | None, limit: int, **given: str | None) -> None:
    """The newest events first."""
    named = {"type": kind, **given}
    try:
        query = EventQuery().load({name: text for name, text in named.items() if text})
    except ValidationError as error:
        messages: Any = error.messages
        raise click.UsageError(
            "; ".join(f"--{name}: {' '.join(text)}" for name, text in messages.items())
        ) from None
    listing = with_ledger(lambda session: queries.listing(session, query["wanted"], None, limit))
    if as_json:
        return _print(EventsShape(), {"events": listing.events, "cursor": listing.position})
    table = Table("received", "status", "reason", "type", "subject", "id", "message", box=None)
    for one in listing.events:
        event = one.event
        table.add_row(
            moments.iso(event.received_at),
            event.status,
            one.reason or "",
            event.type,
            event.subject,
            event.id,
            event.message or "",
        )
    Console(width=None if os.isatty(1) else 200).print(table)
    return None


@events.command()
@click.argument("event_id")
def show(event_id: str) -> None:
    """One event with its steps, attempts and links, as JSON."""
    detail = with_ledger(lambda session: queries.detail(session, event_id))
    if detail is None:
        raise _unknown(event_id)
    _print(DetailShape(), detail)


@events.command()
@click.argument("event_ids", nargs=-1, required=True)
def retry(event_ids: tuple[str, ...]) -> None:
    """Work dead events again, and waiting ones at once."""
    for event_id in event_ids:
        _act(event_id, operators.retry, "will be worked again")


@events.command()
@click.argument("event_ids", nargs=-1, required=True)
def cancel(event_ids: tuple[str, ...]) -> None:
    """End events that are not being worked."""
    for event_id in event_ids:
        _act(event_id, operators.cancel, "is cancelled")


def _act(event_id: str, act: Callable[[Session, Event, str], None], said: str) -> None:
    def on(session: Session) -> None:
        event = queries.find(session, event_id)
        if event is None:
            raise _unknown(event_id)
        try:
            act(session, event, f"{getpass.getuser()} (terminal)")
        except MoveRefused as error:
            raise click.ClickException(f"{event_id}: {error}") from None

    with_ledger(on, write=True)
    click.echo(f"{event_id} {said}")


def _unknown(event_id: str) -> click.ClickException:
    return click.ClickException(f"there is no event {event_id}")


def _print(schema: Schema, value: Any) -> None:
    click.echo(json.dumps(schema.dump(value), ensure_ascii=False, indent=2))
