"""`perezvon migrate`: the ledger's tables in this version's form."""

from __future__ import annotations

import os

import click
from sqlalchemy.exc import SQLAlchemyError

from service import settings
from service.ledger import migrate as migrations
from service.ledger.database import Ledger
from service.ledger.migrate import Standing
from service.settings import SettingsError

# Of what the database says.
LONGEST_WORDS = 500


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
    told: set[str] = set()

    def waited(what: str) -> None:
        if what not in told:
            told.add(what)
            click.echo(f"perezvon: the migration waits and tries again: {what}", err=True)

    try:
        before, after = migrations.upgrade(ledger, waited)
    except (SQLAlchemyError, OSError) as error:
        raise click.ClickException(_said(error)) from None
    finally:
        ledger.close()
    if migrations.standing(after) is Standing.AHEAD:
        click.echo(
            f"perezvon: the ledger is at {after}, newer than this release's {migrations.head()}: "
            "nothing to do, it works with that"
        )
    elif before != after:
        click.echo(f"perezvon: the ledger is now at {after} (was {before or 'empty'})")


def _said(error: Exception) -> str:
    """One line: what happened, in the database's own words, and what to do."""
    words = " ".join(str(getattr(error, "orig", None) or error).split())[:LONGEST_WORDS]
    if migrations.is_in_use(error):
        return (
            f"the ledger's tables were in use all the time ({words}); run it again when what holds them, "
            "such as a backup or a long query, has ended"
        )
    return (
        f"DATABASE_URL: the ledger cannot be opened or migrated ({words}); "
        "check that the server runs and that the log-in may make tables"
    )
