"""Nobody who sends slowly, or not at all, keeps others waiting."""

from __future__ import annotations

import contextlib
import socket
import time

import pytest

from tests.edge.conftest import HOOK, Edge, answer_of, hook
from tests.edge.test_whole import row

MANY = 64
HALF = {
    "nothing": b"",
    "half a head": b"POST " + HOOK + b" HTTP/1.1\r\nHost: x\r\nContent-Le",
    "half a body": hook(b'{"request_id": 1', length=400),
    "half a chunk": b"POST " + HOOK + b" HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc",
}


@pytest.mark.parametrize("half", HALF.values(), ids=HALF)
def test_half_sent_requests_keep_nobody_waiting_and_are_ended(edge: Edge, half: bytes) -> None:
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(edge.open()) for _ in range(MANY)]
        for connection in held:
            connection.sendall(half)
        began = time.monotonic()
        assert edge.say(hook(row(100))).status == 202
        assert edge.say(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").status == 200
        answered = time.monotonic() - began
        ended = [answer_of(connection).status for connection in held]
        lasted = time.monotonic() - began
    # Whoever said nothing at all is left without a word, as browsers' spare connections are.
    assert ended == [408 if half else 0] * MANY
    # The others did not wait for the deadline of these.
    assert answered < lasted


def test_a_byte_now_and_then_buys_no_time(edge: Edge) -> None:
    with edge.open() as connection:
        connection.sendall(HALF["half a head"])
        with contextlib.suppress(OSError):
            for _ in range(60):
                connection.settimeout(0.1)
                connection.sendall(b"x")
                with contextlib.suppress(TimeoutError):
                    assert connection.recv(12) == b"HTTP/1.1 408"
                    return
        raise AssertionError("it was kept")


def test_health_is_answered_when_every_thread_waits_for_somebody_to_take_an_answer(edge: Edge) -> None:
    """Requests in one stream whose answers nobody reads: they hold threads, until their own deadline."""
    many = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 60
    with contextlib.ExitStack() as stack:
        for _ in range(12):
            connection = socket.socket()
            stack.enter_context(connection)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", edge.port))
            connection.sendall(many)
        assert edge.say(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").status == 200
        assert edge.say(hook(row(101))).status == 202
    assert "Traceback" not in edge.log()
