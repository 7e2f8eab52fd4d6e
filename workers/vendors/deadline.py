"""Ends a call at its deadline, whatever the vendor drips.

A socket's time-out is for one `recv`: a byte now and then keeps it quiet. So beside each call a thread waits;
when the time is up it shuts the call's socket down, and whoever reads from it finds the end at once.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

# While the connection is made there may be no socket yet, or not the last one.
LOOK_AGAIN_SECONDS = 0.5

_calls = threading.local()


class Watch:
    """One call; `late` when it was ended."""

    def __init__(self) -> None:
        self.late = False
        self.connection: Any = None
        self.socket: socket.socket | None = None
        """What the answer is read from: an answer without a length is parted from its connection."""
        self._ended = threading.Event()

    def end(self) -> None:
        """The call is over by itself."""
        self._ended.set()

    def wait(self, seconds: float) -> None:
        """Shut the call's socket down after `seconds`, and each that it opens then."""
        while not self._ended.wait(seconds):
            self.late = True
            seconds = LOOK_AGAIN_SECONDS
            for held in (self.socket, getattr(self.connection, "sock", None)):
                if held is not None:
                    # Past TLS, which would wait for the other side.
                    with contextlib.suppress(OSError):
                        socket.socket.shutdown(held, socket.SHUT_RDWR)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Calls through `Adapter` end after `seconds` in all. Raises `requests.Timeout` when they were ended."""
    watch = Watch()
    _calls.watch = watch
    threading.Thread(target=watch.wait, args=(seconds,), name="deadline", daemon=True).start()
    try:
        yield
    except requests.RequestException as error:
        if watch.late and not isinstance(error, requests.ConnectTimeout):
            raise requests.Timeout("the deadline has passed") from error
        raise
    finally:
        _calls.watch = None
        watch.end()
    if watch.late:
        # An answer without a length ends like that too: it may be a part.
        raise requests.Timeout("the deadline has passed")


def _watch() -> Watch | None:
    return getattr(_calls, "watch", None)


class _Noting:
    """A connection that shows the thread's watch what it reads from."""

    sock: socket.socket | None

    def getresponse(self) -> Any:
        if watch := _watch():
            watch.socket = self.sock
        return super().getresponse()  # type: ignore[misc]


class _PlainConnection(_Noting, HTTPConnection):
    pass


class _SecureConnection(_Noting, HTTPSConnection):
    pass


class _Taking:
    """A pool that shows the thread's watch which connection it gives."""

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection = super()._get_conn(timeout)  # type: ignore[misc]
        if watch := _watch():
            watch.connection = connection
        return connection


class _Plain(_Taking, HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _Secure(_Taking, HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class Adapter(HTTPAdapter):
    """Connections that a deadline can reach, also those through a proxy."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _reach(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        _reach(manager)
        return manager


def _reach(manager: Any) -> None:
    manager.pool_classes_by_scheme = {"http": _Plain, "https": _Secure}
