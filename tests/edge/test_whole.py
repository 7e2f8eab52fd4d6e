"""A request is taken whole or it is refused, whatever way it comes in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.edge.conftest import HOOK, Answer, Edge, answer_of, hook

TOO_MUCH = 1024 * 1024 + 1


def row(request_id: int, **more: Any) -> bytes:
    return json.dumps({"request_id": request_id, "name": "Анна", "phone": "89175550001", **more}).encode()


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    head = b"POST %b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" % HOOK
    return head + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + end


def refused(answer: Answer, status: int) -> None:
    assert answer.status == status, answer
    assert answer.label == "application/problem+json"
    assert answer.body["status"] == status
    assert answer.body["detail"]


def known(edge: Edge) -> int:
    return len(edge.events())


def test_what_comes_in_pieces_is_taken(edge: Edge) -> None:
    whole = hook(row(1))
    assert edge.say(*(whole[at : at + 20] for at in range(0, len(whole), 20))).status == 202
    whole = chunked(row(2)[:7], row(2)[7:9], row(2)[9:])
    assert edge.say(*(whole[at : at + 20] for at in range(0, len(whole), 20))).status == 202
    assert edge.say(hook(row(3), b"Expect: 100-continue")).status == 202


def test_a_sender_that_waits_for_a_go_ahead_gets_it(edge: Edge) -> None:
    whole = hook(row(4), b"Expect: 100-continue")
    head, body = whole.split(b"\r\n\r\n")
    with edge.open() as connection:
        connection.sendall(head + b"\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        connection.sendall(body)
        assert answer_of(connection).status == 202


def test_requests_in_one_stream_are_all_answered(edge: Edge) -> None:
    with edge.open() as connection:
        connection.sendall(hook(row(5)) + chunked(row(6)) + hook(row(7))[:40])
        assert [connection.recv(12)[9:12] for _ in range(1)] == [b"202"]
        connection.sendall(hook(row(7))[40:])
        text = b""
        while text.count(b'"event_id"') < 3:
            text += connection.recv(4096)


@pytest.mark.parametrize("missing", [1, 30])
def test_a_body_that_is_cut_is_refused_and_not_recorded(edge: Edge, missing: int) -> None:
    before = known(edge)
    refused(edge.say(hook(row(10))[:-missing], hang_up=True), 400)
    refused(edge.say(chunked(row(10), end=b""), hang_up=True), 400)
    refused(edge.say(chunked(row(10))[:-missing], hang_up=True), 400)
    refused(edge.say(hook(row(10))[:60], hang_up=True), 400)
    assert known(edge) == before


def test_a_body_that_is_too_large_is_refused_and_not_recorded(edge: Edge) -> None:
    before = known(edge)
    large = row(11, note="x" * TOO_MUCH)
    refused(edge.say(hook(large)), 413)
    refused(edge.say(hook(b"", length=10**30)), 413)
    refused(edge.say(chunked(large[:TOO_MUCH])), 413)
    refused(edge.say(chunked(large[: TOO_MUCH // 2], large[TOO_MUCH // 2 :])), 413)
    assert known(edge) == before


def test_a_body_just_below_the_limit_is_taken(edge: Edge) -> None:
    body = row(12, note="").replace(
        b'"note": ""', b'"note": "%b"' % (b"x" * (TOO_MUCH - 1 - len(row(12, note=""))))
    )
    assert len(body) == TOO_MUCH - 1
    assert edge.say(hook(body)).status == 202


@pytest.mark.parametrize(
    "broken",
    [
        chunked(end=b"nonsense\r\n\r\n"),
        chunked(end=b"-1\r\n\r\n"),
        chunked(end=b"\r\n\r\n"),
        chunked(end=b"0x5\r\nabcde\r\n0\r\n\r\n"),
        chunked(end=b"5\r\nabcdeXX0\r\n\r\n"),
        chunked(end=b'5;a="\x01"\r\nabcde\r\n0\r\n\r\n'),
        chunked(end=b"5;" + b"a" * 9000),
        chunked(b"{}", end=b"0\r\nContent-Length: 5\r\n\r\n"),
        chunked(b"{}", end=b"0\r\nnonsense\r\n\r\n"),
        hook(b"{}", b"Content-Length: 3"),
        hook(b"{}", b"Transfer-Encoding: chunked"),
        hook(b"{}", b"Transfer-Encoding: odd"),
        hook(b"").replace(b"Content-Length: 0", b"Content-Length: +5"),
        hook(b"").replace(b"Content-Length: 0", b"Content-Length: 5_0"),
        hook(b"").replace(b"Content-Length: 0", "Content-Length: ²".encode("latin-1")),
        b"GET /\xd0\xbf HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"get / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\nHost: x\n\n",
        b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nbad\x01: y\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"\r\n\r\n\r\n\r\n",
        b"\x16\x03\x01\x02\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_without_a_traceback(edge: Edge, broken: bytes) -> None:
    before = known(edge)
    refused(edge.say(broken, hang_up=True), 400)
    assert known(edge) == before
    assert "Traceback" not in edge.log()


def test_a_head_that_is_too_large_is_refused(edge: Edge) -> None:
    refused(edge.say(b"GET /" + b"7" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"), 414)
    refused(edge.say(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"7" * 9000 + b"\r\n\r\n"), 431)
    refused(edge.say(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"7" * 70_000), 431)
