"""The ledger's own clock, so that processes on several machines agree on what is due.

All times in the ledger are whole milliseconds since 1970 in UTC: the same number in SQLite and PostgreSQL,
and nothing to convert when two of them are compared.
"""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE


class db_now(FunctionElement[int]):  # noqa: N801 - stands in SQL like a function
    """The database's present time in milliseconds."""

    type = BigInteger()
    inherit_cache = True


@compiles(db_now, "postgresql")
def _postgresql(_element: db_now, _compiler: SQLCompiler, **_: Any) -> str:
    # clock_timestamp() and not now(): that one stands still during a transaction.
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"


@compiles(db_now, "sqlite")
def _sqlite(_element: db_now, _compiler: SQLCompiler, **_: Any) -> str:
    # unixepoch('subsec') is younger than the SQLite 3.40 of Python 3.11.
    return "CAST(ROUND((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER)"


def now_ms() -> int:
    """This machine's present time in milliseconds, for what is only shown and never decided by."""
    return time.time_ns() // 1_000_000
