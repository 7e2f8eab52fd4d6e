"""A real pgbouncer in transaction mode in front of a PostgreSQL; as strict as it comes."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from service.cli.guard import bind_to_parent
from tests.servers import NOBODY
from tests.stack import free_port, wait_until

# Debian's place for it is not in everybody's PATH.
PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@contextmanager
def run_pgbouncer(server_url: str, most: int = 3) -> Iterator[str]:
    """The address of the same database through a pooler that has `most` connections to it."""
    assert PROGRAM is not None
    base, _, place = server_url.partition("@/")[2].partition("?host=")
    home = Path(tempfile.mkdtemp(prefix="perezvon-pool-", dir="/tmp"))
    owner: dict[str, Any] = {}
    if os.geteuid() == 0:
        owner = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        os.chown(home, NOBODY, NOBODY)
    port = free_port()
    (home / "pgbouncer.ini").write_text(
        f"[databases]\n{base} = host={place} user=postgres\n[pgbouncer]\nlisten_port = {port}\n"
        f"unix_socket_dir = {home}\nauth_type = any\npool_mode = transaction\ndefault_pool_size = {most}\n"
        "server_reset_query = \n"
    )
    with (home / "pgbouncer.log").open("wb") as output:
        process = subprocess.Popen(
            [PROGRAM, home / "pgbouncer.ini"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=bind_to_parent,  # noqa: PLW1509 - one system call
            **owner,
        )
    url = f"postgresql://postgres@/{base}?host={home}&port={port}"
    try:
        wait_until(lambda: _answers(url), "pgbouncer answers")
        yield url
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(home, ignore_errors=True)


def _answers(url: str) -> bool:
    with suppress(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2).close()
        return True
    return False
