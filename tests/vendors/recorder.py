"""A small HTTP server that writes down what it is sent and answers what it is told to."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Part:
    """One part of a multipart body."""

    name: str
    content: bytes
    file_name: str | None
    kind: str


@dataclass(frozen=True)
class Sent:
    """A request as it came in; `path` is still escaped."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes

    @property
    def parts(self) -> list[Part]:
        kind, _, boundary = self.headers["content-type"].partition("; boundary=")
        assert kind == "multipart/form-data"
        first, *chunks, last = self.body.split(b"--" + boundary.encode())
        assert (first, last) == (b"", b"--\r\n")
        return [_part(chunk) for chunk in chunks]


def _part(chunk: bytes) -> Part:
    """Names stand as plain UTF-8, as curl and browsers write them (RFC 7578)."""
    head, _, content = chunk.removeprefix(b"\r\n").removesuffix(b"\r\n").partition(b"\r\n\r\n")
    labels = dict(re.findall(r'(name|filename)="([^"]*)"', head.decode()))
    kind = re.search(r"(?i)content-type: (.*)", head.decode())
    return Part(labels["name"], content, labels.get("filename"), kind[1] if kind else "")


@dataclass
class Recorder:
    """`sent` is what came; `answer` gives status, headers and body for each request."""

    url: str
    sent: list[Sent] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    answer: Callable[[Sent], bytes] | None = None

    @property
    def only(self) -> Sent:
        assert len(self.sent) == 1, self.sent
        return self.sent[0]


@contextmanager
def recording() -> Iterator[Recorder]:
    recorder = Recorder("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except ConnectionError:
                self.close_connection = True

        def _take(self) -> None:
            path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            sent = Sent(self.command, path, parse_qsl(query, keep_blank_values=True), headers, body)
            recorder.sent.append(sent)
            content = recorder.answer(sent) if recorder.answer else recorder.body
            self.send_response(recorder.status)
            for name, value in recorder.headers.items():
                self.send_header(name, value)
            if recorder.status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if recorder.status != 204:
                self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _take  # noqa: N815 - http.server's names

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    recorder.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
