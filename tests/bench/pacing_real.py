"""Four real Celery workers against the sandbox's quota, saturated with bulk work.

    python -m tests.bench.pacing_real [--window SECONDS] [--windows N] [--limit CALLS] [--kind KIND]

Prints what was used and refused, and ends with 1 unless at least 98 % of whole windows was used, nothing was
refused, and 100 identical edits that waited for quota cost one call.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from service.cli.guard import bind_to_parent
from service.ledger import events
from service.ledger.database import Ledger
from service.ledger.life import Status
from service.settings import database_url
from tests.ledgers import postgres_ledger
from tests.servers import run_postgres, run_redis
from tests.stack import BIN, Sandbox, environment, running_sandbox, wait_until
from workers.flows import case_edit
from workers.vendors.omnidesk import operations as omnidesk

WORKERS = 4
WRITE = 2
# Of whole windows; the first, in which it is learned where windows stand, is not among them.
USED = 0.98


class Run:
    """The processes of one run, the work in the ledger, and what the sandbox has seen."""

    def __init__(self, folder: Path, sandbox: Sandbox, ledger: Ledger) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.ledger = ledger
        self._number = 0

    def open_cases(self, number: int) -> list[str]:
        """Cases that customers opened: no call of ours."""
        made = (self.sandbox.post("/sandbox/cases", {"subject": f"case {one}"}) for one in range(number))
        return [str(one["case"]["case_id"]) for one in made]

    def edits(self, number: int, case_ids: Sequence[str]) -> None:
        """Edits of which no two are the same."""
        with self.ledger.write() as session:
            for _ in range(number):
                self._number += 1
                new = case_edit.new_event(
                    omnidesk.CASES_UPDATE,
                    case_ids[self._number % len(case_ids)],
                    {"subject": f"edit {self._number}"},
                    dedupe_key=f"bench/{self._number}",
                    subject=f"bench/{self._number % 3}/edit/{self._number}",
                )
                events.record(session, new)

    def identical(self, case_ids: Sequence[str]) -> None:
        """The same edit for each case."""
        with self.ledger.write() as session:
            for one in case_ids:
                new = case_edit.new_event(
                    omnidesk.CASES_UPDATE, one, {"status": "closed"}, dedupe_key=f"bench/same/{one}"
                )
                events.record(session, new)

    def counts(self) -> dict[str, int]:
        with self.ledger.read() as session:
            return events.counts(session)

    def calls(self, since: int = 0) -> list[dict[str, Any]]:
        """Calls to the help desk with a number above `since`."""
        found = self.sandbox.get("/sandbox/journal?vendor=omnidesk")
        return [call for call in found if call["n"] > since]


@contextmanager
def running(window: int, limit: int, kind: str, workers: int = WORKERS) -> Iterator[Run]:
    """Sandbox, PostgreSQL, Redis, `workers` Celery workers and the scheduler."""
    folder = Path(tempfile.mkdtemp(prefix="perezvon-bench-"))
    try:
        with ExitStack() as stack:
            sandbox, _ = stack.enter_context(running_sandbox(folder))
            settings = {"limit": limit, "window_seconds": window, "kind": kind}
            sandbox.put("/sandbox/quota", settings)
            ledger_url = stack.enter_context(postgres_ledger(stack.enter_context(run_postgres())))
            environ = environment(
                folder,
                sandbox.url,
                DATABASE_URL=ledger_url,
                REDIS_URL=stack.enter_context(run_redis()),
                OMNIDESK_QUOTA_WINDOW_SECONDS=str(window),
            )
            ledger = Ledger(database_url(ledger_url, Path()))
            stack.callback(ledger.close)
            for number in range(workers):
                command = ("worker", "--concurrency=1", f"--hostname=w{number}@bench")
                quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
                stack.enter_context(_celery(folder, environ, *command, *quiet))
            stack.enter_context(_celery(folder, environ, "beat"))
            yield Run(folder, sandbox, ledger)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _celery(folder: Path, environ: dict[str, str], *arguments: str) -> Iterator[None]:
    with (folder / "celery.log").open("ab") as output:
        process = subprocess.Popen(
            [BIN / "celery", "-A", "workers.app", "--quiet", *arguments],
            env=environ,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            preexec_fn=bind_to_parent,  # noqa: PLW1509 - one system call
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def saturated(run: Run, window: int, limit: int, windows: int) -> tuple[list[float], int]:
    """The used part of each whole window of the sandbox's, and how many calls were refused."""
    run.edits(limit // WRITE * (windows + 4), run.open_cases(10))
    wait_until(run.calls, "the first call")
    # The window of the first call, in which it is learned where windows stand, is not measured.
    begins = (time.time() // window + 1) * window
    time.sleep(max(0.0, begins + windows * window + 0.5 - time.time()))
    calls = run.calls()
    spent = [0] * windows
    for call in calls:
        number = int((datetime.fromisoformat(call["at"]).timestamp() - begins) // window)
        if call["done"] and 0 <= number < windows:
            spent[number] += WRITE
    return [one / limit for one in spent], sum(call["status"] == 429 for call in calls)


def merged(run: Run, window: int, number: int = 100) -> int:
    """The calls that so many identical edits cost when they wait for quota."""
    wait_until(lambda: not _open(run), "the work before is done", 30 * window + 60)
    case_ids = run.open_cases(number)
    run.sandbox.put("/sandbox/quota", {"left": 0})
    before = run.sandbox.last()
    run.identical(case_ids)
    wait_until(lambda: not _open(run), "the identical edits are done", 3 * window + 60)
    return sum(bool(call["done"]) for call in run.calls(before))


def _open(run: Run) -> int:
    counts = run.counts()
    assert not counts[Status.DEAD], "no edit may die"
    return counts[Status.RECEIVED] + counts[Status.RUNNING] + counts[Status.WAITING]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.pacing_real")
    parser.add_argument("--window", type=int, default=60)
    parser.add_argument("--windows", type=int, default=10)
    parser.add_argument("--limit", type=int, default=120)
    parser.add_argument("--kind", default="fixed", choices=["fixed", "first_call", "sliding"])
    given = parser.parse_args(arguments)
    with running(given.window, given.limit, given.kind) as run:
        used, refused = saturated(run, given.window, given.limit, given.windows)
        shown = " ".join(f"{100 * one:.0f}" for one in used)
        sys.stdout.write(f"{given.windows} windows of {given.window} s, {given.limit} calls each\n")
        sys.stdout.write(f"used {100 * sum(used) / len(used):.2f} % ({shown}); refused {refused}\n")
        sys.stdout.flush()
        calls = merged(run, given.window) if given.windows <= 20 else 1
        sys.stdout.write(f"100 identical edits that waited cost {calls} call(s)\n")
    return 0 if sum(used) / len(used) >= USED and not refused and calls == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
