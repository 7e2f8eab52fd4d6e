"""Opens a ledger on PostgreSQL, so that no server, network or pooler can hold up who asks.

A server that is frozen, or behind a network that lets packets vanish, answers nothing: the kernel's own
time-outs are minutes, and none of them counts once the kernel at the other end has taken what was asked. So
each connection has limits of its own (`Limits`), on whatever kind of socket.
"""

from __future__ import annotations

import select
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.abc import PQGen
from psycopg.rows import TupleRow
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError

from service.ledger.silence import Gate, Unanswered

T = TypeVar("T")

# Of one server; an address that names several is tried one after another. Less than two the driver refuses.
CONNECT_SECONDS = 2
# What the server is given beyond its own limit, before it counts as silent.
GRACE_SECONDS = 1.0
# The kernel's part, over TCP: an idle connection through which nothing comes any more is noticed.
_TCP = {
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,
}


@dataclass(frozen=True)
class Limits:
    """What one process may ask of PostgreSQL. Times in seconds, 0 is none."""

    statement: float = 30
    """The server ends a statement after this time; with a second more it counts as silent."""
    lock: float = 0
    """How long a statement waits for another one's lock."""
    idle: float = 10
    """A worker that is frozen, or whose machine is gone, in the middle of a transaction holds up every claim
    until the server gives it up after this time. Ours take milliseconds."""
    connections: int = 10
    pool: float = 3
    """How long a thread waits for one of its process' connections."""
    firm: bool = False
    """Do they hold also where the address says something else?"""


class Patient(psycopg.Connection[TupleRow]):
    """A connection whose waiting has an end: past it the server is taken for silent, and it is closed."""

    gate: Gate
    patience: float | None = None
    pooled = False
    """Is there a pooler between us and the server?"""

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except errors._WaitTimeout:
            self.pgconn.finish()
            self.gate.doubt()
            raise errors.ConnectionTimeout(f"the server has not answered for {self.patience:g} s") from None

    def is_stale(self) -> bool:
        """Has the other end closed it, or said something unasked, such as that it is about to?

        A look at the socket instead of a question to the server, which would cost a round trip each time.
        """
        if self.closed:
            return True
        look = select.poll()
        look.register(self.pgconn.socket, select.POLLIN)
        return bool(look.poll(0))


def open_engine(url: URL, limits: Limits) -> Engine:
    """The engine for `url`, whose own options win over ours."""
    ours: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS, "application_name": "perezvon"} | _TCP
    engine = create_engine(
        url,
        hide_parameters=True,
        use_native_hstore=False,
        pool_size=limits.connections,
        max_overflow=0,
        pool_timeout=limits.pool,
        connect_args={name: value for name, value in ours.items() if name not in url.query},
    )
    gate = Gate()

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, _record: Any, arguments: list[Any], named: dict[str, Any]) -> Patient:
        try:
            with gate.connecting():
                return _connected(gate, limits, *arguments, **named)
        except Unanswered:
            raise psycopg.OperationalError("the server did not answer a moment ago") from None

    @event.listens_for(engine, "checkout")
    def _look(connection: Patient, _record: Any, _proxy: Any) -> None:
        if connection.is_stale():
            # A restart ends them all; a new one is made at once.
            raise InvalidatePoolError("closed by the server")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if getattr(connection.connection.dbapi_connection, "pooled", False):
            # The pooler may have given this transaction another server than the one before.
            connection.exec_driver_sql(_set(_settings(limits), "SET LOCAL"))

    return engine


def _connected(gate: Gate, limits: Limits, *arguments: Any, **named: Any) -> Patient:
    made = Patient.connect(*arguments, **named)
    try:
        made.gate = gate
        made.patience = CONNECT_SECONDS
        _prepare(made, limits)
    except BaseException:
        made.close()
        raise
    return made


def _prepare(made: Patient, limits: Limits) -> None:
    """Give the connection its limits. Not at its start: poolers refuse options there."""
    wanted = _settings(limits)
    made.autocommit = True
    # What the address' options have set, or PGOPTIONS, is meant so.
    own = made.execute(
        "SELECT pg_backend_pid(), name, setting FROM (SELECT 1) AS one"
        " LEFT JOIN pg_settings ON source = 'client' AND name = ANY(%s)",
        [list(wanted)],
    ).fetchall()
    kept = {name: setting for _, name, setting in own if name is not None and not limits.firm}
    made.pooled = own[0][0] != made.info.backend_pid
    if made.pooled:
        # A pooler may give each transaction another server, which does not know what was prepared before.
        made.prepare_threshold = None
    elif unset := {name: value for name, value in wanted.items() if name not in kept}:
        made.execute(_set(unset, "SET").encode())
    made.autocommit = False
    longest = int(kept.get("statement_timeout", 0)) / 1000 or limits.statement
    made.patience = longest + GRACE_SECONDS if longest else None


def _set(settings: dict[str, int], word: str) -> str:
    return "; ".join(f"{word} {name} = {value}" for name, value in settings.items())


def _settings(limits: Limits) -> dict[str, int]:
    return {
        "statement_timeout": int(limits.statement * 1000),
        "lock_timeout": int(limits.lock * 1000),
        "idle_in_transaction_session_timeout": int(limits.idle * 1000),
        # The server's side of what `_TCP` is on ours.
        "tcp_keepalives_idle": 10,
        "tcp_keepalives_interval": 5,
        "tcp_keepalives_count": 3,
    }
