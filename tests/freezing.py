"""Servers that fall silent: all processes of one are stopped, and it answers nothing to what it is sent."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def frozen_postgres(url: str) -> Iterator[None]:
    """The server of `tests.servers.run_postgres` stands still."""
    home = Path(url.partition("host=")[2])
    with frozen(int((home / "data" / "postmaster.pid").read_text().split()[0])):
        yield


@contextmanager
def frozen(parent: int) -> Iterator[None]:
    """A process and its children stand still."""
    # The parent first, so that it makes no child meanwhile.
    _signal([parent], signal.SIGSTOP)
    pids = [parent, *children(parent)]
    _signal(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal(pids, signal.SIGCONT)


def children(pid: int) -> list[int]:
    """The processes that `pid` has started."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(one) for one in task.read_text().split()]
    return found


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
