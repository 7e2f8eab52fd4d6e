"""Statements of the hot path as text, the same for both databases: to build them costs more than to run them.

`{now}` is the database's time in ms; `{for_update}`, `{of_d}` (only those of the table `d`) and
`{skip_locked}` lock the selected rows, and are empty on SQLite, where a writer is alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, BindParameter, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

JSON_TYPE = JSON().with_variant(JSONB(), "postgresql")
AS_WRITTEN = JSON(none_as_null=True)
"""Keeps the order of the fields; nothing is NULL."""

_WORDS = {
    "postgresql": {
        # clock_timestamp() and not now(): that one stands still during a transaction.
        "now": "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
        "for_update": "FOR UPDATE",
        "of_d": "FOR UPDATE OF d",
        "skip_locked": "FOR UPDATE SKIP LOCKED",
    },
    "sqlite": {
        # unixepoch('subsec') is younger than the SQLite 3.40 of Python 3.11.
        "now": "CAST(ROUND((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER)",
        "for_update": "",
        "of_d": "",
        "skip_locked": "",
    },
}


class Statement:
    """One statement, made once for each database.

    `json`, `as_written`: parameters that hold JSON. `many`: parameters that are lists, for IN. `columns`: the
    types of result columns that are not plain.
    """

    def __init__(
        self,
        template: str,
        *,
        json: Sequence[str] = (),
        as_written: Sequence[str] = (),
        many: Sequence[str] = (),
        columns: Mapping[str, TypeEngine[Any]] | None = None,
    ) -> None:
        parameters: list[BindParameter[Any]] = [bindparam(name, type_=JSON_TYPE) for name in json]
        parameters += [bindparam(name, type_=AS_WRITTEN) for name in as_written]
        parameters += [bindparam(name, expanding=True) for name in many]
        self._texts: dict[str, Any] = {}
        for dialect, words in _WORDS.items():
            made: TextClause = text(template.format(**words)).bindparams(*parameters)
            self._texts[dialect] = made.columns(**columns) if columns else made

    def run(
        self, session: Session, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    ) -> CursorResult[Any]:
        """Execute it."""
        return session.connection().execute(self._texts[session.get_bind().dialect.name], parameters)
