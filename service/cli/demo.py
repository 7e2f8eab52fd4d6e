"""`perezvon demo`: everything on this machine against the sandbox, with sample traffic and a live table."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import requests
from rich.console import Console
from rich.live import Live

from service.cli import guard
from service.cli.demo_picture import Picture, table
from service.cli.demo_traffic import Traffic
from workers.vendors.sandbox import SandboxConfig

# A cold start on a slow, busy machine; a warm one takes some 3 s.
START_SECONDS = 90
# The sample traffic with its replies, on the same machine.
ONCE_SECONDS = 120
STOP_SECONDS = 60
TABLE_WIDTH = 110
TOKEN = "demo-viewer-token"  # noqa: S105 - of a sandbox that lives as long as the command
PASSWORD = "perezvon"  # noqa: S105


class Interrupted(Exception):
    """Somebody asked the demo to end."""


@click.command()
@click.option("--once", is_flag=True, help="End when the sample traffic is done; exit 1 unless all of it is.")
@click.option("--requests", "number", default=8, show_default=True, help="How many call requests at first.")
@click.option(
    "--faults", is_flag=True, help="Have the vendors misbehave: slow, failing, cut off, out of quota."
)
def demo(once: bool, number: int, faults: bool) -> None:
    """Show it at work: the service, the three vendors emulated, and sample traffic.

    The live table shows what each vendor holds. Nothing leaves this machine; data are gone at the end.
    """
    # Where there is no terminal, no width is known: the table has one of its own.
    console = Console(width=None if sys.stdout.isatty() else TABLE_WIDTH)
    signal.signal(signal.SIGTERM, _interrupt)
    folder = Path(tempfile.mkdtemp(prefix="perezvon-demo-"))
    complete = False
    try:
        with _running(console, folder) as (service_url, sandbox_url):
            console.print(f"Dashboard  [link]{service_url}/[/link]  (name admin, password {PASSWORD})")
            console.print(f"Vendors    [link]{sandbox_url}/[/link]")
            complete = _show(
                console,
                Traffic(sandbox_url, number, faults=faults),
                Picture(service_url, sandbox_url, TOKEN),
                once=once,
            )
    except (KeyboardInterrupt, Interrupted):
        complete = not once
        console.print("Ending.")
    finally:
        if complete:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            console.print(f"The logs are in {folder}")
    sys.exit(0 if complete else 1)


def _show(console: Console, traffic: Traffic, picture: Picture, *, once: bool) -> bool:
    """Send the traffic and keep the table; True when all of it has arrived."""
    ends = time.monotonic() + ONCE_SECONDS
    with Live(console=console, refresh_per_second=4) as live:
        while True:
            traffic.go_on(picture.look(), endless=not once)
            rows = picture.rows()
            live.update(table(rows, picture.quota()))
            if once and traffic.all_sent and picture.all_done() and all(row.complete for row in rows):
                break
            if once and time.monotonic() > ends:
                break
            time.sleep(0.5)
    problems = picture.problems()
    for problem in problems:
        console.print(f"[red]{problem}")
    if once and not problems:
        console.print(f"[green]{len(picture.rows())} requests carried, each exactly once.")
    return not problems


@contextmanager
def _running(console: Console, folder: Path) -> Iterator[tuple[str, str]]:
    """The sandbox and the service as processes of their own; gives their addresses."""
    port, sandbox_port = _port(os.environ.get("PORT", "8000")), _port("8025")
    service_url, sandbox_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{sandbox_port}"
    environ = _environ(folder, port, sandbox_url)
    command = [sys.executable, "-m", "service.cli"]
    hooks = [
        f"--cscart-hook={service_url}/webhooks/cscart/{environ['CSCART_WEBHOOK_TOKEN']}",
        f"--omnidesk-webhook={service_url}/webhooks/omnidesk/channel/{environ['OMNIDESK_WEBHOOK_TOKEN']}",
    ]
    with (
        _process(
            [*command, "sandbox", f"--port={sandbox_port}", *hooks], folder / "sandbox.log", environ
        ) as vendors,
        _process([*command, "up"], folder / "up.log", environ) as service,
    ):
        with console.status("Starting …"):
            _wait_for(f"{sandbox_url}/sandbox/state", vendors, folder / "sandbox.log")
            _wait_for(f"{service_url}/readyz", service, folder / "up.log")
        yield service_url, sandbox_url


@contextmanager
def _process(command: list[str], output: Path, environ: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with output.open("ab") as file:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            stdout=file,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=environ,
            # Ctrl-C reaches the whole terminal group: the children are ended by us, in order.
            start_new_session=True,
            preexec_fn=guard.bind_to_parent,  # noqa: PLW1509 - no threads run yet
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def _environ(folder: Path, port: int, sandbox_url: str) -> dict[str, str]:
    """The contract's settings for the sandbox; none from outside: a demo must not reach a real shop."""
    vendors = SandboxConfig()
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(
            ("OMNIDESK_", "CSCART_", "OBZVONILKA_", "PEREZVON_", "DATABASE_URL", "REDIS_URL")
        )
    }
    return kept | {
        "PEREZVON_VAR": str(folder / "var"),
        "PORT": str(port),
        "PEREZVON_ADMIN_PASSWORD": PASSWORD,
        "PEREZVON_API_TOKENS": f"demo:viewer:{TOKEN}",
        "OMNIDESK_URL": f"{sandbox_url}/omnidesk",
        "OMNIDESK_EMAIL": vendors.omnidesk_email,
        "OMNIDESK_API_KEY": vendors.omnidesk_api_key,
        "OMNIDESK_CHANNEL": vendors.omnidesk_channel,
        "OMNIDESK_WEBHOOK_TOKEN": "demo-omnidesk-token",
        "CSCART_URL": f"{sandbox_url}/cscart",
        "CSCART_EMAIL": vendors.cscart_email,
        "CSCART_API_KEY": vendors.cscart_api_key,
        "CSCART_WEBHOOK_TOKEN": "demo-cscart-token",
        "OBZVONILKA_URL": f"{sandbox_url}/obzvonilka",
        "OBZVONILKA_API_KEY": vendors.obzvonilka_api_key,
        "OBZVONILKA_CONTACT_BASE": vendors.obzvonilka_contact_base,
    }


def _port(wanted: str) -> int:
    """The wanted port, or a free one when that is taken."""
    for candidate in (int(wanted) if wanted.isdigit() else 0, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("0.0.0.0", candidate))  # noqa: S104 - where the service will listen
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise click.ClickException("no free port on this machine")


def _wait_for(url: str, process: subprocess.Popen[bytes], output: Path) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        if process.poll() is not None:
            break
        try:
            if requests.get(url, timeout=2).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    lines = output.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
    raise click.ClickException("the demo did not start:\n" + "\n".join(lines))


def _interrupt(*_: Any) -> None:
    raise Interrupted
