"""What is thought of a call whose answer did not come."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from tests.vendors.recorder import Recorder
from workers.vendors import transport
from workers.vendors.answers import LONGEST_PAUSE, LONGEST_RETRY_AFTER, read
from workers.vendors.cscart.operations import CALL_REQUESTS_UPDATE
from workers.vendors.errors import AccessDenied, RateLimited, Rejected, Transient, UnknownOutcome, VendorError
from workers.vendors.obzvonilka.operations import CONTACTS_CREATE, USERS_LIST
from workers.vendors.omnidesk.operations import CASES_CREATE, CASES_GET, CASES_UPDATE, KB_ARTICLES_MOVE_UP
from workers.vendors.operation import InvalidInput, Operation
from workers.vendors.transport import Transport, account

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SOON = "Sun, 22 Nov 2026 12:00:30 GMT"
PERSONAL = b'{"error": "wrong_email x@y.ru +79261234567"}'
MISSING = b'{"message": "Bad Request", "status": 400}'
CASE = {"user_email": "a@b.ru", "subject": "s", "content": "c"}


def _to(url: str) -> Transport:
    return Transport({"omnidesk": account("omnidesk", url=url, email="почта@example.ru", api_key="ключ")})


@contextmanager
def _server(act: Callable[[socket.socket], object]) -> Iterator[str]:
    """A server that takes one connection and does `act` with it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def take() -> None:
            connection, _ = listening.accept()
            with connection:
                act(connection)

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize(
    ("operation", "path", "body", "kind"),
    [
        (CASES_CREATE, {}, CASE, UnknownOutcome),
        (KB_ARTICLES_MOVE_UP, {"article_id": 1}, None, UnknownOutcome),
        (CASES_UPDATE, {"case_ids": 1}, {"subject": "s"}, Transient),
        (CASES_GET, {"case_id": 1}, None, Transient),
    ],
)
def test_a_connection_that_is_cut_after_the_call_was_sent(
    operation: Operation, path: dict[str, int], body: dict[str, str] | None, kind: type[VendorError]
) -> None:
    with _server(lambda connection: connection.recv(65536)) as url, pytest.raises(kind) as caught:
        _to(url).send(operation, path=path, body=body)
    assert caught.value.operation == operation.name


def test_an_answer_that_does_not_come_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "READ_SECONDS", 0.1)
    done = threading.Event()
    with _server(lambda _: done.wait(10)) as url:
        with pytest.raises(UnknownOutcome, match="in time"):
            _to(url).send(CASES_CREATE, body=CASE)
        done.set()


def _drip(head: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    def act(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.settimeout(10)
        with contextlib.suppress(OSError):
            connection.sendall(head)
            while True:
                connection.sendall(drop)
                time.sleep(0.02)

    return act


_OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        pytest.param(b"", b"H", id="status line"),
        pytest.param(_OK + b"X-Long: ", b"x", id="head"),
        pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n", id="interim answers"),
        pytest.param(_OK + b"Content-Length: 5000\r\n\r\n", b" ", id="body"),
        pytest.param(_OK + b"\r\n", b"{}\n", id="body without a length"),
        pytest.param(_OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", id="chunks"),
        pytest.param(_OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n", id="trailers"),
    ],
)
def test_a_call_ends_at_its_deadline_whatever_drips(
    head: bytes, drop: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "TOTAL_SECONDS", 0.2)
    with _server(_drip(head, drop)) as url, pytest.raises(UnknownOutcome, match="in time"):
        _to(url).send(CASES_CREATE, body=CASE)


def test_a_connection_that_the_deadline_shut_is_not_used_again(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.body = b'{"case": {}}'
    one = _to(recorder.url)
    one.send(CASES_GET, path={"case_id": 1})
    go_on = threading.Event()
    recorder.answer = lambda _: b"{}" if go_on.wait(10) else b""
    with monkeypatch.context() as short:
        short.setattr(transport, "TOTAL_SECONDS", 0.1)
        with pytest.raises(Transient, match="in time"):
            one.send(CASES_GET, path={"case_id": 1})
    go_on.set()
    assert one.send(CASES_GET, path={"case_id": 1}).data == {}


@pytest.mark.parametrize(
    ("operation", "path", "body", "status", "kind"),
    [
        (CASES_GET, {"case_id": 1}, None, 200, Transient),
        (CASES_CREATE, {}, CASE, 201, UnknownOutcome),
        (CASES_CREATE, {}, CASE, 400, Rejected),
        (CASES_GET, {"case_id": 1}, None, 401, AccessDenied),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_long_answer_is_not_read_to_its_end(
    operation: Operation,
    path: dict[str, int],
    body: dict[str, str] | None,
    status: int,
    kind: type[VendorError],
    packed: bool,
    recorder: Recorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transport, "MOST_BYTES", 100_000)
    recorder.status = status
    recorder.body = b'{"case": "' + b"a" * 10_000_000 + b'"}'
    if packed:
        recorder.headers["Content-Encoding"] = "gzip"
        recorder.body = gzip.compress(recorder.body)
    with pytest.raises(kind) as caught:
        _to(recorder.url).send(operation, path=path, body=body)
    assert caught.value.status == status


def test_a_host_that_nobody_serves_was_not_reached() -> None:
    with pytest.raises(Transient, match="cannot be reached"):
        _to("http://127.0.0.1:9").send(CASES_CREATE, body=CASE)


def test_threads_have_connections_of_their_own(recorder: Recorder) -> None:
    recorder.body = b'{"case": {}}'
    one = _to(recorder.url)
    threads = [
        threading.Thread(target=lambda: [one.send(CASES_GET, path={"case_id": 1}) for _ in range(5)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(recorder.sent) == 20
    assert {sent.headers["authorization"] for sent in recorder.sent} == {
        "Basic 0L/QvtGH0YLQsEBleGFtcGxlLnJ1OtC60LvRjtGH"
    }


def test_an_operation_without_tables_is_sent_as_it_is(recorder: Recorder) -> None:
    bare = Operation(
        name="omnidesk.new.thing", method="PUT", path="/api/new/{id}", root="new", repeatable=True
    )

    _to(recorder.url).send(bare, path={"id": "a b"}, query={"x": ["1"]}, body={"y": 1})

    assert (recorder.only.path, recorder.only.query, recorder.only.body) == (
        "/api/new/a%20b",
        [("x[]", "1")],
        b'{"new": {"y": 1}}',
    )
    with pytest.raises(InvalidInput, match="id is missing"):
        _to(recorder.url).send(bare)


@pytest.mark.parametrize(
    ("operation", "status", "headers", "body", "kind", "facts"),
    [
        (CASES_GET, 429, {"retry_after": "7"}, b"", RateLimited, {"retry_after": 7.0}),
        (CASES_GET, 429, {"Retry-After": SOON}, b"", RateLimited, {"retry_after": 30.0}),
        (CASES_GET, 429, {"retry-after": "1e9"}, b"", RateLimited, {"retry_after": LONGEST_RETRY_AFTER}),
        (CASES_GET, 429, {"retry_after": "nan"}, b"", RateLimited, {"retry_after": None}),
        (CASES_GET, 403, {}, b'{"error": "Rate limit exceeded"}', RateLimited, {}),
        (CASES_GET, 403, {}, b'{"error": "staff_not_active"}', AccessDenied, {"code": "staff_not_active"}),
        (CASES_GET, 500, {}, b"", Transient, {}),
        (CASES_CREATE, 500, {}, b"", UnknownOutcome, {}),
        (CASES_CREATE, 503, {"Retry-After": "7"}, b"", UnknownOutcome, {"retry_after": 7.0}),
        (CASES_CREATE, 503, {"Retry-After": "3600"}, b"", UnknownOutcome, {"retry_after": LONGEST_PAUSE}),
        (CASES_GET, 503, {"Retry-After": "3600"}, b"", Transient, {"retry_after": LONGEST_PAUSE}),
        (CASES_CREATE, 200, {}, b"<html>", UnknownOutcome, {}),
        (CASES_CREATE, 400, {}, PERSONAL, Rejected, {"code": "wrong_email …@… …"}),
        (CONTACTS_CREATE, 422, {}, b'{"errors": ["name is short"]}', Rejected, {"code": "name is short"}),
        (CONTACTS_CREATE, 422, {}, b'{"errors": {"name": "short"}}', Rejected, {"fields": {"name": "short"}}),
        (USERS_LIST, 400, {}, b'{"error": {"code": "bad"}}', Rejected, {"code": "bad"}),
        (CALL_REQUESTS_UPDATE, 400, {}, MISSING, Rejected, {"code": "Bad Request"}),
    ],
)  # fmt: skip
def test_what_an_error_means(
    operation: Operation,
    status: int,
    headers: dict[str, str],
    body: bytes,
    kind: type[VendorError],
    facts: dict[str, object],
) -> None:
    with pytest.raises(VendorError) as caught:
        read(operation, status, headers, body, NOW)
    assert type(caught.value) is kind
    for name, value in facts.items():
        assert getattr(caught.value, name) == value


def test_the_quota_is_read_from_the_answer() -> None:
    headers = {"API_CALLS_LEFT": "41", "rate-limit-per-minute": "500"}
    quota = read(CASES_GET, 200, headers, b"{}", NOW).quota
    assert (quota.left, quota.limit) == (41, 500)
