"""`perezvon migrate`: the ledger's tables in this version's form."""

from __future__ import annotations

import os

import click
from sqlalchemy.exc import SQLAlchemyError

from service import settings
from service.ledger import migrate as migrations
from service.ledger.database import Ledger
from service.settings import SettingsError


@click.command()
def migrate() -> None:
    """Bring the ledger's tables to this version's form. Safe to run twice, and twice at once."""
    try:
        url = settings.load_ledger_url(os.environ)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    bring_up_to_date(url)


def bring_up_to_date(url: str) -> None:
    """Run the migrations and say what was done. Raises `ClickException`."""
    ledger = Ledger(url)
    try:
        before, after = migrations.upgrade(ledger)
    except (SQLAlchemyError, OSError) as error:
        raise click.ClickException(
            f"DATABASE_URL: the ledger cannot be opened or migrated ({type(error).__name__}); "
            "check that the server runs and that the log-in may make tables"
        ) from None
    finally:
        ledger.close()
    if before != after:
        click.echo(f"perezvon: the ledger is now at {after} (was {before or 'empty'})")
