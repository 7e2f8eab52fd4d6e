"""Brings the ledger's tables to this version's form."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from service.ledger.database import Ledger

# Two releases that start at once must not both migrate; any fixed number will do.
_MIGRATION_LOCK = 0x6D696772


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration; `connection` is where the migrations run."""
    made = Config()
    # The parser behind it takes a per cent sign for its own.
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def upgrade(ledger: Ledger) -> tuple[str | None, str]:
    """Run what is missing; gives the revisions before and after. Safe to run twice at once."""
    with ledger.engine.begin() as connection:
        if ledger.is_sqlite:
            connection.execute(text("BEGIN IMMEDIATE"))
        else:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        before = MigrationContext.configure(connection).get_current_revision()
        command.upgrade(config(connection), "head")
    return before, head()


def head() -> str:
    """The revision that this version of the program expects."""
    revision = ScriptDirectory.from_config(config()).get_current_head()
    assert revision is not None  # noqa: S101 - the folder always holds at least the first migration
    return revision


def current(ledger: Ledger) -> str | None:
    """The revision that the ledger is at; None before the first migration."""
    with ledger.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
