"""Ledgers for tests, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import delete

from service.ledger import migrate
from service.ledger.database import Ledger
from service.ledger.tables import Table
from service.settings import database_url
from tests.servers import fresh_database


@contextmanager
def sqlite_ledger(folder: Path) -> Iterator[str]:
    """The address of an empty ledger in a file."""
    url = f"sqlite:///{folder / 'ledger.sqlite'}"
    _migrate(url)
    yield url


@contextmanager
def postgres_ledger(server_url: str) -> Iterator[str]:
    """The address of an empty ledger on a PostgreSQL server."""
    with fresh_database(server_url) as url:
        _migrate(url)
        yield url


def empty(ledger: Ledger) -> None:
    """Take everything out of the ledger: quicker than a new one."""
    with ledger.write() as session:
        for table in reversed(Table.metadata.sorted_tables):
            session.execute(delete(table))


def _migrate(url: str) -> None:
    ledger = Ledger(database_url(url, Path()))
    migrate.upgrade(ledger)
    ledger.close()
