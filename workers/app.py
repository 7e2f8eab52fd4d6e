"""The Celery application: queues, limits, schedule. Each setting with the pitfall that it answers to."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from random import Random
from typing import Any

from celery import Celery, signals
from celery.worker import state
from kombu import Queue

from service import log, settings
from service.ledger.life import Lane
from service.redis_url import broker_url
from service.settings import SettingsError
from service.wake import Waker
from workers import canary
from workers.understudy import Understudy

try:
    _settings = settings.load(os.environ)
except SettingsError as error:
    sys.exit(f"perezvon: {error}")

CONTROL = "control"

_PR_SET_PDEATHSIG = 1  # linux/prctl.h

app = Celery("perezvon", broker=broker_url(_settings.redis_url), include=["workers.tasks"])
app.conf.update(
    # The ledger keeps what came of a task; results in Redis would only fill it.
    result_backend=None,
    task_ignore_result=True,
    # A message is only a wake-up: one that is lost with its worker is sent again by the dispatcher, and one
    # that is delivered twice would only find nothing to do. So: acknowledged when it is taken.
    task_acks_late=False,
    # Messages that a busy process has reserved cannot be taken by an idle one.
    worker_prefetch_multiplier=1,
    # Processes and not threads: only they have time limits and can be killed when they hang. Two, because
    # each runs its flows in threads; scale out by more workers.
    worker_pool="prefork",
    worker_concurrency=2,
    # Above the longest drain with its slowest calls; past it a process hangs, and the leases give its events
    # back.
    task_soft_time_limit=240,
    task_time_limit=270,
    # What leaks is gone after this many wake-ups.
    worker_max_tasks_per_child=10_000,
    task_default_queue=CONTROL,
    task_queues=[Queue(CONTROL), *(Queue(lane) for lane in Lane)],
    # No pidbox, no events: they are chatter in Redis that nobody reads, and reconnect badly.
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    # A broker that restarts must find us again, however long it takes.
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "socket_connect_timeout": 5,
        # Who sends or connects while Redis says nothing gets an error instead of hanging; longer than the
        # second of a blocking read, which must not be cut.
        "socket_timeout": 5,
        "socket_keepalive": True,
        # Notices a connection that is dead without having been closed.
        "health_check_interval": 5,
        # Unacknowledged wake-ups of a killed worker come back soon instead of after an hour.
        "visibility_timeout": 60,
    },
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    timezone="UTC",
    beat_schedule={
        "dispatch": {
            "task": "workers.dispatch",
            "schedule": 1.0,
            # Those that pile up while no worker is there are of no use afterwards.
            "options": {"queue": CONTROL, "expires": 3, "ignore_result": True},
        },
        "sweep": {
            "task": "workers.sweep",
            "schedule": 10.0,
            "options": {"queue": CONTROL, "expires": 10, "ignore_result": True},
        },
        # A bite at a time: twenty a second are more than any shop's day brings.
        "purge": {
            "task": "workers.purge",
            "schedule": 10.0,
            "options": {"queue": CONTROL, "expires": 10, "ignore_result": True},
        },
        # Often, and nearly always for nothing: the ledger knows when it is time, so that a scheduler that is
        # restarted every minute does not put it off for ever.
        "reconcile": {
            "task": "workers.reconcile",
            "schedule": 10.0,
            "options": {"queue": CONTROL, "expires": 10, "ignore_result": True},
        },
        "poll": {
            "task": "workers.poll",
            "schedule": 10.0,
            "options": {"queue": CONTROL, "expires": 10, "ignore_result": True},
        },
    },
    # The schedule is fixed: without a file there is nothing that a kill can spoil.
    beat_scheduler="celery.beat:Scheduler",
    beat_max_loop_interval=1,
)

# One byte that the parent sets and its children read. No lock: a child that is killed while it looks could
# never give it back.
_stopping = multiprocessing.RawValue("b", 0)


def stopping() -> bool:
    """Has the worker been asked to end? Then nothing new is claimed."""
    return bool(_stopping.value)


@signals.worker_shutting_down.connect
def _on_shutdown(**_: Any) -> None:
    _stopping.value = 1


_watch = canary.Watch(
    canary.counter(_settings.redis_url, [CONTROL, *Lane]),
    lambda: bool(state.reserved_requests or state.active_requests),
    canary.end,
)


_understudy = Understudy(
    app.conf.beat_schedule,
    Waker(_settings.redis_url).stand_in,
    Random(),  # noqa: S311 - jitter
)


@signals.task_received.connect
def _on_received(request: Any, **_: Any) -> None:
    _watch.received()
    _understudy.received(request.name)


@signals.worker_ready.connect
def _on_ready(**_: Any) -> None:
    _watch.start()
    _understudy.start()


@signals.setup_logging.connect
def _on_logging(**_: Any) -> None:
    log.configure(log.Redactor(log.secrets_of(_settings)))


@signals.worker_process_init.connect
def _on_process(**_: Any) -> None:
    """A child whose parent was killed must not work on unseen: the kernel ends it with its parent."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
