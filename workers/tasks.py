"""The Celery tasks, each a few lines: what they do stands elsewhere."""

from __future__ import annotations

import os
from functools import lru_cache
from random import Random

from service import settings, wake
from service.ledger import claims
from service.ledger.database import Ledger
from service.ledger.life import Lane
from service.wake import Waker
from workers.app import app, stopping
from workers.drain import Drain
from workers.flows.calls import Calls
from workers.reconcile import schedule
from workers.runner import Runner
from workers.vendors.transport import Transport, accounts


class _Process:
    """What a worker process has one of, made when the first task needs it (so after the fork)."""

    def __init__(self) -> None:
        config = settings.load(os.environ)
        self.ledger = Ledger(config.database_url)
        self.waker = Waker(config.redis_url)
        calls = Calls(self.ledger, Transport(accounts(config)), config)
        self.drain = Drain(self.ledger, Runner(config, self.ledger, calls, Random()), stopping)  # noqa: S311 - jitter


@lru_cache(maxsize=1)
def _process() -> _Process:
    return _Process()


@app.task(name=wake.DRAIN_TASK)
def drain(lane: str) -> None:
    """Work what is due in the lane."""
    process = _process()
    process.waker.taken(lane)
    if process.drain.run(lane):
        process.waker.wake(lane)


@app.task(name="workers.dispatch")
def dispatch() -> None:
    """Wake every lane in which something is due. Every second; twice at once does no harm."""
    process = _process()
    for lane in Lane:
        with process.ledger.read() as session:
            due = claims.any_due(session, lane)
        if due:
            process.waker.wake(lane)


@app.task(name="workers.reconcile")
def reconcile() -> None:
    """Have the store's list walked when it is time; the walk itself is an event of the bulk lane."""
    process = _process()
    with process.ledger.exclusive() as session:
        asked = schedule.ask(session)
    if asked:
        process.waker.wake(Lane.BULK)
