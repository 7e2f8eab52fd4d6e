"""Alembic's entry: runs the migrations on the connection that `service.ledger.migrate` hands over."""

from __future__ import annotations

from alembic import context

from service.ledger.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    # SQLite cannot alter a column in place.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
