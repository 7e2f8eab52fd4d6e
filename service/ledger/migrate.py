"""Brings the ledger's tables to this version's form, beside whatever else runs on them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from service.ledger.database import Ledger
from service.ledger.postgresql import Limits

# Two releases that start at once must not both migrate; any fixed number will do.
_MIGRATION_LOCK = 0x6D696772
# A change of a table waits for all who read it, and everybody else waits behind it: senders too. So it waits
# for a second only, makes way, and comes again. A statement may take as long as it takes.
LIMITS = Limits(statement=0, lock=1, idle=0, connections=2, firm=True)
# Lets the traffic that has gathered meanwhile through.
REST_SECONDS = (1.0, 3.0)
# Below the ten minutes that the chart gives the migration.
LONGEST_SECONDS = 540.0
# A lock that was not given in time, and a deadlock: nothing has been changed, so it can be tried again.
_IN_USE = {"55P03", "40P01"}

Waited = Callable[[str], None]
"""Is told in a few words what is waited for, each time."""


class Standing(StrEnum):
    """Where the ledger is, seen from this version of the program."""

    SAME = "same"
    BEHIND = "behind"
    AHEAD = "ahead"
    """A newer release has migrated it. What it has added does not concern us (docs/upgrades.md)."""


def standing(revision: str | None) -> Standing:
    """Revisions are numbers that only grow."""
    if revision == head():
        return Standing.SAME
    ahead = revision is not None and revision.isdigit() and int(revision) > int(head())
    return Standing.AHEAD if ahead else Standing.BEHIND


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration; `connection` is where the migrations run."""
    made = Config()
    # The parser behind it takes a per cent sign for its own.
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def upgrade(ledger: Ledger, waited: Waited = lambda _: None) -> tuple[str | None, str]:
    """Run what is missing; gives the revisions before and after. Safe to run twice at once.

    A ledger that a newer release has migrated is left alone. Raises SQLAlchemy's errors: `is_in_use` tells
    whether it is worth trying again later.
    """
    before = current(ledger)
    if before is not None and standing(before) is Standing.AHEAD:
        return before, before
    if not ledger.is_sqlite:
        return _on_postgresql(ledger, waited)
    with ledger.engine.connect() as connection:
        command.upgrade(config(connection), "head")
    return before, head()


def is_in_use(error: Exception) -> bool:
    """Did others hold what had to be changed?"""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _IN_USE


@lru_cache(maxsize=1)
def head() -> str:
    """The revision that this version of the program expects."""
    revision = ScriptDirectory.from_config(config()).get_current_head()
    assert revision is not None  # noqa: S101 - the folder always holds at least the first migration
    return revision


def current(ledger: Ledger) -> str | None:
    """The revision that the ledger is at; None before the first migration."""
    with ledger.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _on_postgresql(ledger: Ledger, waited: Waited) -> tuple[str | None, str]:
    ends = time.monotonic() + LONGEST_SECONDS
    url = ledger.url.render_as_string(hide_password=False)
    with closing(Ledger(url, LIMITS)) as patient, _alone(patient, waited, ends):
        before = current(patient)
        while True:
            try:
                with patient.engine.connect() as connection:
                    # Each migration in a transaction of its own: what was done is not done again.
                    command.upgrade(config(connection), "head")
                return before, head()
            except DBAPIError as error:
                if not is_in_use(error) or time.monotonic() > ends:
                    raise
                waited(str(error.orig).splitlines()[0])
            time.sleep(random.uniform(*REST_SECONDS))  # noqa: S311 - jitter


@contextmanager
def _alone(ledger: Ledger, waited: Waited, ends: float) -> Iterator[None]:
    """Nobody else migrates meanwhile. On a connection of its own: indexes are made outside transactions."""
    with ledger.engine.connect() as connection:
        asked = text("SELECT pg_try_advisory_xact_lock(:key)").bindparams(key=_MIGRATION_LOCK)
        while not connection.scalar(asked) and time.monotonic() < ends:
            connection.rollback()
            waited("another migration runs")
            time.sleep(REST_SECONDS[0])
        yield
