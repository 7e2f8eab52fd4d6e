"""Callbacks to the outside: fired once, from the background, never repeated.

FIELD-NOTES: Omnidesk waits about five seconds and is not known to repeat; the store's hook never repeats.
"""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

TIMEOUT_SECONDS = 5
THREADS = 8
"""A slow receiver must not hold up the callbacks to others."""


@dataclass(frozen=True)
class Callback:
    vendor: str
    event: str
    url: str
    content_type: str
    body: bytes
    fields: Any
    """The body as it was before encoding, for the journal."""

    def shown_url(self) -> str:
        """The last part of the path is the receiver's secret (FIELD-NOTES: a secret in the path)."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}{parts.path.rpartition('/')[0]}/…"


class Callbacks:
    """Background threads that post callbacks and report what was answered. Started by the first callback,
    because threads do not survive the fork of a server's worker."""

    def __init__(self, report: Callable[[Callback, int | None, str | None, float], None]) -> None:
        self._report = report
        self._waiting: queue.SimpleQueue[Callback] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    def fire(self, callback: Callback) -> None:
        """Called under the sandbox's lock; returns at once."""
        if not self._threads:
            self._threads = [
                threading.Thread(target=self._work, name=f"sandbox-callback-{n}", daemon=True)
                for n in range(THREADS)
            ]
            for thread in self._threads:
                thread.start()
        self._waiting.put(callback)

    def _work(self) -> None:
        with requests.Session() as session:
            session.trust_env = (
                False  # the receiver stands on this machine or in a test, never behind a proxy
            )
            while True:
                self._post(session, self._waiting.get())

    def _post(self, session: requests.Session, callback: Callback) -> None:
        started = time.monotonic()
        status, error = None, None
        try:
            response = session.post(
                callback.url,
                data=callback.body,
                headers={"Content-Type": callback.content_type},
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
            )
            status = response.status_code
        except requests.RequestException as failure:
            error = type(failure).__name__  # its text would hold the address with the secret
        self._report(callback, status, error, time.monotonic() - started)
