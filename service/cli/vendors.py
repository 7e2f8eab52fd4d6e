"""`perezvon vendors`: how the vendors stand, from a terminal; pause, resume, try."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Callable

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from service import settings
from service.api import moments, vendor_queries
from service.api.schemas import VendorsShape
from service.api.vendor_queries import TITLES
from service.cli.ledgers import with_ledger
from service.ledger import operators
from service.ledger.life import MoveRefused
from service.settings import SettingsError

NAME = click.argument("name", type=click.Choice(list(TITLES)))


@click.group()
def vendors() -> None:
    """Look at the vendors, pause, resume and try them, in the ledger of DATABASE_URL."""


@vendors.command("list")
@click.option("--json", "as_json", is_flag=True, help="As the API gives them.")
def list_vendors(as_json: bool) -> None:
    """State, quota and what waits for each."""
    try:
        known = settings.load(os.environ)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    found = with_ledger(lambda session: vendor_queries.vendors(session, known))
    if as_json:
        click.echo(json.dumps(VendorsShape().dump({"vendors": found}), ensure_ascii=False, indent=2))
        return
    table = Table("vendor", "state", "until", "waiting", "left", "message", box=None)
    for one in found:
        until = "" if one.until is None else moments.iso(one.until)
        left = "" if one.quota.left is None else str(one.quota.left)
        table.add_row(one.name, one.state, until, str(one.waiting), left, one.message or "")
    Console(width=None if os.isatty(1) else 200).print(table)


@vendors.command()
@NAME
def pause(name: str) -> None:
    """Stop calling the vendor."""
    _act(name, operators.pause, "is paused")


@vendors.command()
@NAME
def resume(name: str) -> None:
    """Call the vendor again, at once."""
    _act(name, operators.resume, "is called again")


@vendors.command("try")
@NAME
def try_now(name: str) -> None:
    """Make one call to the vendor now, whatever breaker or freeze says."""
    _act(name, operators.try_now, "is tried with the next call")


def _act(name: str, act: Callable[[Session, str, str], None], said: str) -> None:
    def on(session: Session) -> None:
        try:
            act(session, name, f"{getpass.getuser()} (terminal)")
        except MoveRefused as error:
            raise click.ClickException(f"{name}: {error}") from None

    with_ledger(on, write=True)
    click.echo(f"{name} {said}")
