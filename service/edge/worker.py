"""gunicorn's threaded worker, with one thing added: a request takes a thread when all of it has come.

Whoever sends slowly, or nothing, costs a connection and at most the limit in memory, never a thread, and is
ended at a deadline. So is whoever does not take the answer. `/healthz` is answered by a thread of its own: it
tells whether the process is alive, not whether it is busy.
"""

from __future__ import annotations

import io
import selectors
import socket
import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import takewhile
from typing import Any

from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, NoMoreData, ParseException
from gunicorn.http.parser import RequestParser
from gunicorn.http.unreader import Unreader
from gunicorn.workers.gthread import ThreadWorker

from service.edge.connection import Connection
from service.edge.framing import Refused
from service.problem import Problem

HEALTH = b"/healthz"
# Of half-sent and queued requests of one process, in bytes.
MOST_HELD = 64 * 1024 * 1024
READ_SIZE = 64 * 1024


class Arrived(Unreader):  # type: ignore[misc]  # gunicorn has no types
    """What the parser may read: the bytes that are here, a piece at a time, and then the end."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._data = data
        self._at = 0

    def chunk(self, size_hint: int | None = None) -> bytes:
        """The next piece. Small ones: the parser copies what it holds with each chunk that it takes off."""
        piece = self._data[self._at : self._at + max(8192, min(size_hint or 0, READ_SIZE))]
        self._at += len(piece)
        return piece

    def rest(self) -> bytes:
        """What nobody has read: the beginning of the next request."""
        held: bytes = self.take_buffered()
        return held + self._data[self._at :]


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Reads requests in the loop, with deadlines in seconds; threads only answer them."""

    # From a connection's first moment, or a kept one's first byte, to the request's last.
    ARRIVAL = 15.0
    # For the sender to take the whole answer.
    ANSWER = 20.0
    # For the sender to read a refusal and hang up.
    LINGER = 3.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # In the order of their deadlines.
        self._arriving: dict[Connection, None] = {}
        self._leaving: dict[Connection, None] = {}
        self._held = 0

    def init_process(self) -> None:
        """Begin; it returns when the worker ends."""
        self._health = ThreadPoolExecutor(max_workers=1)
        super().init_process()

    def accept(self, listener: socket.socket) -> None:
        """Take a connection, in the place of the oldest unfinished one when there are too many."""
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        if self.nr_conns >= self.worker_connections:
            self._make_room()
        self._await(Connection(self.cfg, client, address, listener.getsockname()), b"")

    def on_client_socket_readable(self, conn: Connection, client: socket.socket) -> None:
        """A kept connection has its next request."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._await(conn, b"")

    def _await(self, conn: Connection, rest: bytes) -> None:
        conn.begin(time.monotonic() + self.ARRIVAL)
        self._arriving[conn] = None
        if not (rest and self._take(conn, rest)):
            self._read(conn, conn.sock)

    def _read(self, conn: Connection, _: Any) -> None:
        """Take what has come of a request; look again when there is more."""
        try:
            piece = conn.sock.recv(READ_SIZE)
        except BlockingIOError:
            self._watch(conn, self._read)
            return
        except OSError:
            self._drop(conn)
            return
        if not piece:
            if conn.framing.data:
                self._refuse(conn, Refused(400, "The connection ended before all of the request had come."))
            else:
                self._drop(conn)
        elif not self._take(conn, piece):
            self._watch(conn, self._read)

    def _take(self, conn: Connection, piece: bytes) -> bool:
        """Add to the request; True when it is dealt with: whole, or refused."""
        try:
            self._hold(conn, len(piece))
            conn.framing.feed(piece)
            if conn.framing.whole:
                self._start(conn)
                return True
            if conn.framing.awaits_go_ahead:
                conn.framing.awaits_go_ahead = False
                conn.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        except Refused as refused:
            self._refuse(conn, refused)
            return True
        return False

    def _hold(self, conn: Connection, size: int) -> None:
        conn.held += size
        self._held += size
        if self._held > MOST_HELD:
            largest = max(self._arriving, key=lambda one: one.held)
            refused = Refused(503, "Too much is on its way here at once. Send it again.")
            if largest is conn:
                raise refused
            self._refuse(largest, refused)

    def _start(self, conn: Connection) -> None:
        self._forget(conn)
        conn.parser = RequestParser(self.cfg, [], conn.client)
        conn.parser.unreader = Arrived(bytes(conn.framing.data))
        conn.framing.data.clear()
        conn.initialized = conn.data_ready = True
        pool = self._health if conn.framing.path == HEALTH else self.tpool
        done = pool.submit(self.handle, conn)
        done.add_done_callback(lambda future: self.method_queue.defer(self.finish_request, conn, future))

    def handle_request(self, req: Any, conn: Connection) -> bool:
        """Answer a request whose body is here. Raises gunicorn's errors where it cannot be read."""
        # The sender was told already, or had not waited.
        req._expected_100_continue = False
        if conn.framing.path == HEALTH:
            # An answer that nobody takes must not hold up the next one's.
            req.force_close()
        body = req.body.read()
        if any(name == "CONTENT-LENGTH" and int(value) != len(body) for name, value in req.headers):
            raise ParseException("the body is shorter than its length")
        req.body = io.BytesIO(body)
        conn.sock.settimeout(self.ANSWER)
        try:
            return bool(super().handle_request(req, conn))
        except TimeoutError:
            self.log.info("nobody took the answer in time")
            return False

    def finish_request(self, conn: Connection, done: Future[Any]) -> None:
        """Keep the connection for the next request, or let it go."""
        self._held -= conn.held
        conn.held = 0
        keep = not done.cancelled() and not done.exception() and bool(done.result())
        if not keep:
            self._leave(conn)
        elif rest := conn.parser.unreader.rest():
            conn.sock.setblocking(False)
            self._await(conn, rest)
        else:
            super().finish_request(conn, done)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer what cannot be read like everything else; our own failures are gunicorn's."""
        if not isinstance(exc, ParseException | NoMoreData):
            super().handle_error(req, client, addr, exc)
            return
        status = {LimitRequestLine: 414, LimitRequestHeaders: 431}.get(type(exc), 400)
        self.log.info("a request could not be read: %s", type(exc).__name__)
        _send(client, Refused(status, "The request is not HTTP as it should be."))

    def murder_pending(self) -> None:
        """End those whose time is over; called in each turn of the loop."""
        now = time.monotonic()
        if not self.alive:
            # Those that stop wait only for what is nearly there.
            for conn in self._arriving:
                conn.timeout = min(conn.timeout, now + self.LINGER)
        for conn in _due(self._arriving, now):
            if conn.framing.data:
                self._refuse(
                    conn, Refused(408, "The request did not come within the time that there is for it.")
                )
            else:
                self._drop(conn)
        for conn in _due(self._leaving, now):
            self._drop(conn)

    def _refuse(self, conn: Connection, refused: Refused) -> None:
        self.log.info("a request was refused before it was read: %d", refused.status)
        _send(conn.sock, refused)
        self._leave(conn)

    def _leave(self, conn: Connection) -> None:
        """Close our side and read on for a while: closed at once, our answer might not reach the sender."""
        self._forget(conn)
        conn.timeout = time.monotonic() + self.LINGER
        self._leaving[conn] = None
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._drop(conn)
            return
        self._drain(conn, conn.sock)

    def _drain(self, conn: Connection, _: Any) -> None:
        try:
            if conn.sock.recv(READ_SIZE):
                self._watch(conn, self._drain)
            else:
                self._drop(conn)
        except BlockingIOError:
            self._watch(conn, self._drain)
        except OSError:
            self._drop(conn)

    def _watch(self, conn: Connection, act: Any) -> None:
        if not conn.watched:
            conn.watched = True
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(act, conn))

    def _forget(self, conn: Connection) -> None:
        self._arriving.pop(conn, None)
        self._leaving.pop(conn, None)
        if conn.watched:
            conn.watched = False
            self.poller.unregister(conn.sock)

    def _drop(self, conn: Connection) -> None:
        self._forget(conn)
        self._held -= conn.held
        conn.held = 0
        self.nr_conns -= 1
        conn.close()

    def _make_room(self) -> None:
        for conn in (*self._leaving, *self._arriving):
            self._drop(conn)
            return
        if self.keepalived_conns:
            conn = self.keepalived_conns.popleft()
            self.poller.unregister(conn.sock)
            self._drop(conn)


def _due(conns: Iterable[Connection], now: float) -> list[Connection]:
    return list(takewhile(lambda conn: conn.timeout <= now, conns))


def _send(client: socket.socket, refused: Refused) -> None:
    """A refusal as the application would write it; lost when the sender does not read."""
    answer = Problem(
        refused.status, refused.detail, retry_after=5 if refused.status == 503 else None
    ).response()
    answer.headers["Connection"] = "close"
    head = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
    try:
        client.setblocking(False)
        client.send(f"HTTP/1.1 {answer.status}\r\n{head}\r\n".encode("latin-1") + answer.get_data())
    except OSError:
        return
