"""The sandbox as it is really run (gunicorn in a process of its own), and a receiver of its callbacks."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient

from workers.vendors.sandbox import SandboxConfig, create_app

START_SECONDS = 30
"""A loaded machine may take its time to import everything."""

SERVE = """
import json, sys
from workers.vendors.sandbox import SandboxConfig
from workers.vendors.sandbox.serve import serve
serve(SandboxConfig(**json.loads(sys.argv[1])), "127.0.0.1", int(sys.argv[2]))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Client(requests.Session):
    """A session at one vendor's address."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base
        self.trust_env = False

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs.setdefault("timeout", 20)
        return super().request(method, f"{self.base}{url!s}", *args, **kwargs)


@dataclass
class Running:
    """A running sandbox and the ways to talk to it."""

    process: subprocess.Popen[bytes]
    url: str
    omnidesk: Client = field(init=False)
    cscart: Client = field(init=False)
    obzvonilka: Client = field(init=False)
    control: Client = field(init=False)

    def __post_init__(self) -> None:
        self.omnidesk = Client(self.url + "/omnidesk/api")
        self.omnidesk.auth = ("robot@shop.example", "sandbox-omnidesk")
        self.cscart = Client(self.url + "/cscart/api/2.0")
        self.cscart.auth = ("admin@shop.example", "sandbox-cscart")
        self.obzvonilka = Client(self.url + "/obzvonilka/api")
        self.obzvonilka.headers["X-API-KEY"] = "sandbox-obzvonilka"
        self.control = Client(self.url + "/sandbox")

    def journal(self, **query: Any) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.control.get("/journal", params=query).json()
        return entries

    def state(self) -> dict[str, Any]:
        held: dict[str, Any] = self.control.get("/state").json()
        return held

    def open_case(self, **fields: Any) -> dict[str, Any]:
        given = {"user_email": "ivan@example.com", "subject": "Звонок", "content": "Перезвоните", **fields}
        answer = self.omnidesk.post("/cases.json", json={"case": given})
        assert answer.status_code == 201, answer.text
        case: dict[str, Any] = answer.json()["case"]
        return case

    def stop(self) -> int:
        for client in (self.omnidesk, self.cscart, self.obzvonilka, self.control):
            client.close()
        self.process.terminate()
        return self.process.wait(timeout=15)


def start(**config: Any) -> Running:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", SERVE, json.dumps(config), str(port)])
    running = Running(process, f"http://127.0.0.1:{port}")
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            running.control.get("/quota")
        except requests.ConnectionError:
            assert process.poll() is None, "the sandbox did not start"
            assert time.monotonic() < deadline, "the sandbox is not ready in time"
            time.sleep(0.05)
        else:
            return running


@pytest.fixture(scope="session")
def server() -> Iterator[Running]:
    running = start(omnidesk_cron_seconds=0.2)
    yield running
    assert running.stop() == 0, "SIGTERM must end it with 0"


@pytest.fixture
def sandbox(server: Running) -> Running:
    """The shared server, as if just started."""
    assert server.control.post("/reset").status_code == 204
    return server


@pytest.fixture
def make_client() -> Callable[..., FlaskClient]:
    """A sandbox in this very process, with another configuration, for what needs no sockets."""
    return lambda **config: create_app(SandboxConfig(**config)).test_client()


@dataclass
class Receiver:
    """What came in: path, content type, raw body. `answer_with` is the status that it answers."""

    url: str
    answer_with: int = 200
    received: list[tuple[str, str, bytes]] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def wait(self, count: int, seconds: float = 10) -> list[tuple[str, str, bytes]]:
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.received) >= count, seconds), self.received
            return list(self.received)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with box.arrived:
                box.received.append((self.path, self.headers["Content-Type"], body))
                box.arrived.notify_all()
            self.send_response(box.answer_with)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    box = Receiver(f"http://127.0.0.1:{http.server_address[1]}")
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield box
    http.shutdown()
    http.server_close()
    thread.join()
