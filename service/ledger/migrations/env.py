"""Alembic's entry: runs the migrations on the connection that `service.ledger.migrate` hands over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from sqlalchemy import Connection

from service.ledger.tables import Table


@contextmanager
def _one_transaction(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew: what refers to the old one must not go with it."""
    connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        yield
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise
    finally:
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Table.metadata,
        # SQLite cannot alter a column in place.
        render_as_batch=True,
        # On PostgreSQL: locks are held for one change and not for all.
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection = context.config.attributes["connection"]
if given.dialect.name == "sqlite":
    with _one_transaction(given):
        _run(given)
else:
    _run(given)
