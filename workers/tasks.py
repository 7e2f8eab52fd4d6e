"""The Celery tasks, each a few lines: what they do stands elsewhere."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from random import Random

from celery.exceptions import SoftTimeLimitExceeded
from sqlalchemy.exc import SQLAlchemyError

from service import settings, wake
from service.ledger import claims, clockwork, retention
from service.ledger.database import Ledger
from service.ledger.life import Lane
from service.ledger.postgresql import Limits
from service.settings import Settings
from service.wake import Waker
from workers import polling
from workers.app import app, stopping
from workers.drain import Drain
from workers.flows.calls import Calls
from workers.reconcile import schedule
from workers.runner import Runner
from workers.vendors.transport import Transport, accounts

log = logging.getLogger(__name__)

# Of the tasks that only look: they take milliseconds, and some seconds when the ledger is silent.
SOFT_SECONDS = 20
HARD_SECONDS = 30
# A claim or a purge in a large ledger; a lease is longer.
STATEMENT_SECONDS = 8
# Of a worker, shared by its processes: a flow waits for vendors, and for the ledger only some milliseconds.
CONNECTIONS = 6
# Above what a silent server holds up a statement: who waits behind it goes on then.
POOL_SECONDS = 10
# The exit code of a process that has given up on a flow.
HUNG = 70


class _Process:
    """What a worker process has one of, made when the first task needs it (so after the fork)."""

    def __init__(self) -> None:
        config = settings.load(os.environ)
        self.settings = config
        self.ledger = Ledger(config.database_url, _limits(config))
        self.waker = Waker(config.redis_url)
        calls = Calls(self.ledger, Transport(accounts(config)), config)
        runner = Runner(config, self.ledger, calls, Random())  # noqa: S311 - jitter
        deletions_end = config.config.flows.call_request_deleted
        self.drain = Drain(self.ledger, runner, stopping, deletions_end=deletions_end)


def _limits(config: Settings) -> Limits:
    size = config.database_pool_size or CONNECTIONS
    return Limits(
        statement=STATEMENT_SECONDS,
        connections=max(1, size // app.conf.worker_concurrency),
        pool=POOL_SECONDS,
    )


@lru_cache(maxsize=1)
def _process() -> _Process:
    return _Process()


@app.task(name=wake.DRAIN_TASK)
def drain(lane: str) -> None:
    """Work what is due in the lane."""
    process = _process()
    process.waker.taken(lane)
    try:
        more = process.drain.run(lane)
    except SoftTimeLimitExceeded:
        # A flow hangs in a thread, and threads cannot be ended. The leases give back what is in hand.
        log.error("a flow hangs; this process ends and is replaced", extra={"lane": lane})
        os._exit(HUNG)
    if more:
        process.waker.wake(lane)


@app.task(name="workers.dispatch", soft_time_limit=SOFT_SECONDS, time_limit=HARD_SECONDS)
def dispatch() -> None:
    """Wake every lane in which something is due. Every second; twice at once does no harm."""
    process = _process()
    with _ledger_may_be_away():
        for lane in Lane:
            with process.ledger.read() as session:
                due = claims.any_due(session, lane)
            if due:
                process.waker.wake(lane)


@app.task(name="workers.sweep", soft_time_limit=SOFT_SECONDS, time_limit=HARD_SECONDS)
def sweep() -> None:
    """Mend what a clock that went back has left waiting for a far time."""
    process = _process()
    with _ledger_may_be_away(), process.ledger.exclusive() as session:
        clockwork.sweep(session)


@app.task(name="workers.purge", soft_time_limit=SOFT_SECONDS, time_limit=HARD_SECONDS)
def purge() -> None:
    """Forget ended events that are old enough."""
    process = _process()
    with _ledger_may_be_away(), process.ledger.write() as session:
        retention.purge(session, process.settings.config.retention)


@app.task(name="workers.reconcile", soft_time_limit=SOFT_SECONDS, time_limit=HARD_SECONDS)
def reconcile() -> None:
    """Have the store's list walked when it is time; the walk itself is an event of the bulk lane."""
    process = _process()
    if not process.settings.config.flows.reconciliation:
        return
    with _ledger_may_be_away():
        with process.ledger.exclusive() as session:
            asked = schedule.ask(session)
        if asked:
            process.waker.wake(Lane.BULK)


@app.task(name="workers.poll", soft_time_limit=SOFT_SECONDS, time_limit=HARD_SECONDS)
def poll() -> None:
    """Have the dialer asked when it is time, for what is switched on; the asking is an event."""
    process = _process()
    if not any(True for _ in polling.polls(process.settings)):
        return
    with _ledger_may_be_away():
        with process.ledger.exclusive() as session:
            asked = polling.ask(session, process.settings)
        if asked:
            process.waker.wake(Lane.BULK)


@contextmanager
def _ledger_may_be_away() -> Iterator[None]:
    """One line instead of a traceback a second: the next run is soon."""
    try:
        yield
    except (SQLAlchemyError, SoftTimeLimitExceeded) as error:
        log.error("the ledger is away", extra={"error": type(error).__name__})
