"""Opens the ledger: one engine a process, the same code on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from sqlalchemy import URL, Engine, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from service.ledger import postgresql as postgresql_server
from service.ledger.postgresql import Limits
from service.ledger.tables import Table

# A writer waits this long for another one before it gives up; intake answers within the sender's 5 s.
BUSY_SECONDS = 4
# Serialises claims; any fixed number will do, this one spells "perez".
_CLAIM_LOCK = 0x706572657A


class Ledger:
    """The database of events. Safe to share between threads; not between processes (see `_after_fork`)."""

    def __init__(self, url: str, limits: Limits = Limits()) -> None:  # noqa: B008 - it is frozen
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = (
            _sqlite_engine(url) if self.is_sqlite else postgresql_server.open_engine(self.url, limits)
        )
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        # SQLite has one writer, and lets those who wait guess when: threads of one process queue up here.
        self._turn: AbstractContextManager[Any] = threading.Lock() if self.is_sqlite else nullcontext()
        os.register_at_fork(after_in_child=self._after_fork)

    def _after_fork(self) -> None:
        # Connections must not be shared with the parent; it still owns them, so they are not closed here.
        self.engine.dispose(close=False)
        if self.is_sqlite:
            self._turn = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading."""
        with self._sessions() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits at the end, or leaves nothing behind on an error."""
        with self._turn, self._sessions.begin() as session:
            if self.is_sqlite:
                # Takes the write lock at once: upgrading a read transaction later fails without waiting.
                session.execute(text("BEGIN IMMEDIATE"))
            yield session

    @contextmanager
    def exclusive(self) -> Iterator[Session]:
        """Like `write`, one at a time in the whole ledger, whatever process or machine it is in."""
        with self.write() as session:
            if not self.is_sqlite:
                session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CLAIM_LOCK})
            yield session

    def close(self) -> None:
        self.engine.dispose()


def upsert(session: Session, table: type[Table]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT of this database's own kind, which knows ON CONFLICT."""
    return sqlite.insert(table) if session.get_bind().dialect.name == "sqlite" else postgresql.insert(table)


def is_unavailable(error: DBAPIError) -> bool:
    """True when the ledger is away or busy, as opposed to a mistake in what was asked of it."""
    # PostgreSQL has many classes (shutdown, full disk, deadlock, time-out, stand-by): all are kinds of these
    # two; what was asked wrongly is a ProgrammingError, DataError or IntegrityError.
    names = {kind.__name__ for kind in type(error.orig).__mro__}
    return error.connection_invalidated or bool(names & {"OperationalError", "InternalError"})


def sqlite_file(url: URL) -> Path | None:
    """The file of an SQLite address, in whichever form it stands there; None for another database."""
    path = url.database
    if url.get_backend_name() != "sqlite" or not path or path == ":memory:":
        return None
    return Path(unquote(path.removeprefix("file:")) if path.startswith("file:") else path)


def is_refusal(error: Exception) -> bool:
    """True when the database refuses a value: it will for ever, whoever asks."""
    # A number beyond 64 bits, and half a surrogate pair, are refused by the drivers in words of their own.
    return isinstance(error, (DataError, OverflowError, UnicodeEncodeError))


def refused_fields(error: Exception, data: Mapping[str, Any] | None = None) -> list[str]:
    """The columns whose values the database cannot hold, as far as the error tells what it was given; else
    those fields of `data`."""
    given = getattr(error, "params", None)
    columns = {
        column.key: column.type for table in Table.metadata.tables.values() for column in table.columns
    }
    found = [
        name
        for name, value in (given.items() if isinstance(given, dict) else ())
        if name in columns and not _holds(columns[name], value)
    ]
    return found or [name for name, value in (data or {}).items() if not _is_text(_json(value))]


def _is_text(text: str) -> bool:
    """Is it what databases take for text? NUL is written as an escape in JSON."""
    return "\\u0000" not in text and text == text.encode("utf-8", "replace").decode("utf-8")


def _holds(kind: Any, value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" not in value and len(value) <= (getattr(kind, "length", None) or len(value))
    return not isinstance(value, int) or -(2**63) <= value < 2**63


def _sqlite_engine(url: str) -> Engine:
    if path := sqlite_file(make_url(url)):
        path.parent.mkdir(parents=True, exist_ok=True)
    # isolation_level None: transactions begin where `write` says, not where the driver guesses.
    engine = create_engine(
        url,
        hide_parameters=True,
        # Names as they are written, so that they can be searched for.
        json_serializer=_json,
        connect_args={"timeout": BUSY_SECONDS, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        # FULL: what was answered with 2xx must survive a power cut, not only a crash.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        cursor.close()

    return engine


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
