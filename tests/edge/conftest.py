"""The real gunicorn with the real configuration, spoken to by raw sockets."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.cli.guard import bind_to_parent
from service.ledger import migrate
from service.ledger.database import Ledger
from tests.console import OPERATOR, invented
from tests.stack import free_port, wait_until

ROOT = Path(__file__).parents[2]
HOOK = b"/webhooks/cscart/cscart-hook"


@dataclass(frozen=True)
class Answer:
    """What came back: 0 and nothing when the connection was closed without a word."""

    status: int
    label: str
    body: Any


@dataclass
class Edge:
    """The server: its port and what it logged."""

    port: int
    log_path: Path

    def open(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def say(self, *pieces: bytes, hang_up: bool = False) -> Answer:
        """Send the pieces one after the other on a connection of their own, and take the answer."""
        with self.open() as connection:
            for number, piece in enumerate(pieces):
                if number:
                    time.sleep(0.05)
                connection.sendall(piece)
            if hang_up:
                connection.shutdown(socket.SHUT_WR)
            return answer_of(connection)

    def events(self) -> list[dict[str, Any]]:
        head = b"GET /api/v1/events?limit=200 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        token = b"Authorization: Bearer %b\r\n\r\n" % OPERATOR.encode()
        found: list[dict[str, Any]] = self.say(head + token).body["events"]
        return found

    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8", errors="replace")


def answer_of(connection: socket.socket) -> Answer:
    """Read one answer."""
    with connection.makefile("rb") as file:
        line = file.readline()
        while line.startswith(b"HTTP/1.1 100"):
            file.readline()
            line = file.readline()
        if not line:
            return Answer(0, "", None)
        headers = {}
        while header := file.readline().strip():
            name, _, value = header.decode().partition(":")
            headers[name.lower()] = value.strip()
        raw = file.read(int(headers.get("content-length", "0")))
    label = headers.get("content-type", "")
    return Answer(int(line.split()[1]), label, json.loads(raw) if "json" in label else raw)


def hook(body: bytes, *headers: bytes, length: int | None = None) -> bytes:
    """A callback of the store with its length, or another one."""
    lines = [
        b"POST %b HTTP/1.1" % HOOK,
        b"Host: x",
        b"Content-Length: %d" % (len(body) if length is None else length),
    ]
    return b"\r\n".join([*lines, *headers, b"", b""]) + body


@pytest.fixture(scope="package")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    folder = tmp_path_factory.mktemp("edge")
    url = f"sqlite:///{folder / 'ledger.sqlite'}"
    ledger = Ledger(url)
    migrate.upgrade(ledger)
    ledger.close()
    found = Edge(free_port(), folder / "log")
    environ = (
        os.environ | invented(url, folder) | {"PORT": str(found.port), "REDIS_URL": "redis://127.0.0.1:9/0"}
    )
    with found.log_path.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "python:tests.edge.quick_config"],
            env=environ,
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=bind_to_parent,  # noqa: PLW1509 - one system call
        )

    def listening() -> bool:
        assert process.poll() is None, found.log()
        try:
            return found.say(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").status == 200
        except OSError:
            return False

    try:
        wait_until(listening, "gunicorn listens")
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
