"""The whole service as real processes against the sandbox, for tests from the outside."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import requests

from service.cli.guard import bind_to_parent
from workers.vendors.sandbox import SandboxConfig

T = TypeVar("T")

BIN = Path(sys.executable).parent
# Generous: the machine may be busy with other tests. Nothing is asserted about it.
SECONDS = 60
OPERATOR_TOKEN = "operator-token-1"
CSCART_TOKEN = "cscart-hook-token"
OMNIDESK_TOKEN = "omnidesk-hook-token"
WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"a secret of the store's own").decode()


def wait_until(check: Callable[[], T], what: str, seconds: float = SECONDS) -> T:
    """The first true answer of `check`."""
    ends = time.monotonic() + seconds
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() > ends:
            raise AssertionError(f"did not happen in {seconds} s: {what}")
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Service:
    """`perezvon up` as a process, its log in a file."""

    environ: dict[str, str]
    log_path: Path
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        with self.log_path.open("ab") as output:
            self.process = subprocess.Popen(
                [BIN / "perezvon", "up"],
                env=self.environ,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                preexec_fn=bind_to_parent,  # noqa: PLW1509 - one system call
            )

    def wait_ready(self) -> None:
        def ready() -> bool:
            if self.process.poll() is not None:
                raise AssertionError(
                    f"perezvon up ended with {self.process.returncode}:\n{self.log()[-3000:]}"
                )
            try:
                answer = requests.get(f"{self.url}/readyz", timeout=2)
            except requests.RequestException:
                return False
            # The worker's line: readiness is the web's, and a test of a worker needs that too.
            return answer.ok and answer.json()["redis"] == "ok" and "celery@" in self.log()

        wait_until(ready, "the service is ready")

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(SECONDS)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environ['PORT']}"

    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def processes(self) -> dict[int, str]:
        """Every living process of this service: pid and command line.

        They are known by their environment, or by the folder in the command line: Redis writes over its
        environment.
        """
        folder_name = self.environ["PEREZVON_VAR"]
        mark = f"PEREZVON_VAR={folder_name}".encode()
        found = {}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                environ = (folder / "environ").read_bytes().split(b"\0")
                command = (
                    (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                )
            except OSError:
                continue
            if command and (mark in environ or folder_name in command):
                found[int(folder.name)] = command
        return found

    def pids(self, part: str) -> list[int]:
        """Pids of the processes with `part` in their command line, oldest first."""
        return sorted(pid for pid, command in self.processes().items() if part in command)


class Sandbox:
    """The three vendors, and what they have seen."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str) -> Any:
        answer = requests.get(self.url + path, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        answer = requests.post(self.url + path, json=body, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def put(self, path: str, body: dict[str, Any]) -> None:
        requests.put(self.url + path, json=body, timeout=30).raise_for_status()

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.get("/sandbox/state")
        return state

    def shopper(self, **row: Any) -> dict[str, Any]:
        """A shopper asks for a call: the row, and the store's hook has fired."""
        made: dict[str, Any] = self.post("/sandbox/call_requests", row)
        return made

    def manager(self, request_id: str, **work: Any) -> dict[str, Any]:
        """A manager works on a row in the store's panel: a `line` more in the notes, fields set."""
        answer = requests.patch(f"{self.url}/sandbox/call_requests/{request_id}", json=work, timeout=30)
        answer.raise_for_status()
        row: dict[str, Any] = answer.json()
        return row

    def calls(self, since: int = 0) -> list[dict[str, Any]]:
        """Every API call after the one with number `since`."""
        found: list[dict[str, Any]] = self.get(f"/sandbox/journal?since={since}")
        return found

    def last(self) -> int:
        """The number of the last call so far."""
        return max((call["n"] for call in self.get("/sandbox/journal")), default=0)

    def fault(self, **fault: Any) -> str:
        """Make calls fail; gives the fault's id, by which `fired` tells how often it did."""
        made: dict[str, Any] = self.post("/sandbox/faults", fault)
        return str(made["id"])

    def fired(self, fault_id: str) -> int:
        return next(
            int(one["fired"]) for one in self.get("/sandbox/faults") if str(one["id"]) == str(fault_id)
        )

    def clear_faults(self) -> None:
        requests.delete(f"{self.url}/sandbox/faults", timeout=30).raise_for_status()

    def row(self, request_id: str) -> dict[str, Any]:
        rows = self.state()["cscart"]["call_requests"]
        return next(row for row in rows if row["request_id"] == request_id)

    def contacts(self, request_id: str) -> list[dict[str, Any]]:
        bases = self.state()["obzvonilka"]["contacts"].values()
        return [one for base in bases for one in base if one["external_code"] == f"cscart-1-{request_id}"]

    def cases(self, request_id: str) -> list[dict[str, Any]]:
        return [
            one for one in self.state()["omnidesk"]["cases"] if f"[cscart-1-{request_id}]" in one["subject"]
        ]


class Stack:
    """Service and sandbox side by side."""

    def __init__(self, service: Service, sandbox: Sandbox) -> None:
        self.service = service
        self.sandbox = sandbox
        self._numbers = itertools.count(100_000)
        self.cscart_hook = f"{service.url}/webhooks/cscart/{CSCART_TOKEN}"
        self.omnidesk_hook = f"{service.url}/webhooks/omnidesk/channel/{OMNIDESK_TOKEN}"

    def new_id(self) -> str:
        """A request id that no other test has."""
        return str(next(self._numbers))

    def hook(
        self, body: bytes | dict[str, Any], content_type: str = "application/x-www-form-urlencoded"
    ) -> Any:
        """Post to the store's webhook as the store's own hook does."""
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        return requests.post(
            self.cscart_hook,
            data=raw,
            headers={"Content-Type": content_type},
            timeout=30,
        )

    def signed(
        self, body: dict[str, Any], *, age: int = 0, secret: str = WEBHOOK_SECRET, webhook_id: str = "msg_1"
    ) -> Any:
        """Post a callback signed by the Standard Webhooks specification, `age` seconds old."""
        raw = json.dumps(body, ensure_ascii=False).encode()
        timestamp = str(int(time.time()) - age)
        key = base64.b64decode(secret.removeprefix("whsec_"))
        digest = hmac.new(key, f"{webhook_id}.{timestamp}.".encode() + raw, hashlib.sha256).digest()
        return requests.post(
            f"{self.service.url}/webhooks/cscart",
            data=raw,
            headers={
                "Content-Type": "application/json",
                "webhook-id": webhook_id,
                "webhook-timestamp": timestamp,
                "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
            },
            timeout=30,
        )

    def api(self, path: str, method: str = "GET", **kwargs: Any) -> Any:
        answer = requests.request(
            method,
            f"{self.service.url}/api/v1{path}",
            headers={"Authorization": f"Bearer {OPERATOR_TOKEN}"},
            timeout=30,
            **kwargs,
        )
        answer.raise_for_status()
        return answer.json()

    def event(self, event_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api(f"/events/{event_id}")
        return found

    def wait_event(self, event_id: str, *statuses: str, seconds: float = SECONDS) -> dict[str, Any]:
        """The event once it is in one of the states (done unless others are named)."""
        wanted = statuses or ("done",)
        seen: dict[str, Any] = {}

        def arrived() -> bool:
            seen.update(self.event(event_id))
            return seen["status"] in wanted

        try:
            wait_until(arrived, f"the event is {' or '.join(wanted)}", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {seen['status']}: {seen['message']}") from None
        return seen

    def event_of(self, request_id: str, kind: str = "call_request.created") -> str:
        """The id of the event of that type about the request, once it is there."""

        def look() -> str | None:
            found = self.api(f"/events?subject=cscart/1/call_request/{request_id}&type={kind}")["events"]
            return found[0]["id"] if found else None

        return str(wait_until(look, f"an event {kind} of {request_id}"))

    def carried(self, **row: Any) -> tuple[str, dict[str, Any]]:
        """A shopper's request carried to its end; gives its id and the case."""
        request_id = self.sandbox.shopper(**row)["request_id"]
        self.wait_event(self.event_of(request_id))
        (case,) = self.sandbox.cases(request_id)
        return request_id, case


def environment(folder: Path, sandbox_url: str, **more: str) -> dict[str, str]:
    """The contract's settings for a service in `folder` with the sandbox as its vendors."""
    vendors = SandboxConfig()
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
    return kept | {
        "PEREZVON_VAR": str(folder / "var"),
        "PORT": str(free_port()),
        "SECRET_KEY": "a secret key for tests only",
        "PEREZVON_ADMIN_PASSWORD": "admin-password-1",
        "PEREZVON_API_TOKENS": f"olga:operator:{OPERATOR_TOKEN},vera:viewer:viewer-token-1",
        "OMNIDESK_URL": f"{sandbox_url}/omnidesk",
        "OMNIDESK_EMAIL": vendors.omnidesk_email,
        "OMNIDESK_API_KEY": vendors.omnidesk_api_key,
        "OMNIDESK_CHANNEL": vendors.omnidesk_channel,
        "OMNIDESK_WEBHOOK_TOKEN": OMNIDESK_TOKEN,
        "CSCART_URL": f"{sandbox_url}/cscart",
        "CSCART_EMAIL": vendors.cscart_email,
        "CSCART_API_KEY": vendors.cscart_api_key,
        "CSCART_WEBHOOK_TOKEN": CSCART_TOKEN,
        "CSCART_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "OBZVONILKA_URL": f"{sandbox_url}/obzvonilka",
        "OBZVONILKA_API_KEY": vendors.obzvonilka_api_key,
        "OBZVONILKA_CONTACT_BASE": vendors.obzvonilka_contact_base,
        **more,
    }


@contextmanager
def running_sandbox(folder: Path) -> Iterator[tuple[Sandbox, subprocess.Popen[bytes]]]:
    """The sandbox as a process of its own."""
    port = free_port()
    with (folder / "sandbox.log").open("ab") as output:
        process = subprocess.Popen(
            [BIN / "perezvon", "sandbox", f"--port={port}"],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            preexec_fn=bind_to_parent,  # noqa: PLW1509 - one system call
        )
    sandbox = Sandbox(f"http://127.0.0.1:{port}")
    try:
        wait_until(lambda: _answers(f"{sandbox.url}/sandbox/faults"), "the sandbox answers")
        yield sandbox, process
    finally:
        process.terminate()
        process.wait(SECONDS)


@contextmanager
def running_stack(folder: Path, **more: str) -> Iterator[Stack]:
    """Service and sandbox, wired together; ended in order."""
    with ExitStack() as ending:
        sandbox, _ = ending.enter_context(running_sandbox(folder))
        # The tests' customers share their phones: each request is a call of its own.
        config = folder / "stack.toml"
        config.write_text("[default_store]\njoin_minutes = 0\n", encoding="utf-8")
        more = {"PEREZVON_CONFIG": str(config)} | more
        service = Service(environment(folder, sandbox.url, **more), folder / "up.log")
        stack = Stack(service, sandbox)
        hooks = {"cscart_hook_url": stack.cscart_hook, "omnidesk_webhook_url": stack.omnidesk_hook}
        sandbox.put("/sandbox/hooks", hooks)
        service.start()
        ending.callback(_end, service)
        service.wait_ready()
        yield stack


def _end(service: Service) -> None:
    if service.process.poll() is None:
        service.stop()


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False
