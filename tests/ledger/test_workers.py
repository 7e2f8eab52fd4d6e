"""Two workers as real processes on one ledger: who is frozen is fenced, who is killed is replaced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from service.cli.guard import bind_to_parent
from service.ledger.clock import SECOND
from service.ledger.database import Ledger
from service.ledger.life import Status
from tests.ledger.hands import Hands
from tests.stack import wait_until

LEASE = 2 * SECOND


class Workers:
    """Processes that work one ledger and write what they do."""

    def __init__(self, ledger: Ledger, folder: Path) -> None:
        self.hands = Hands(ledger)
        self.folder = folder
        self.url = ledger.url.render_as_string(hide_password=False)
        (folder / "done").touch()

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.ledger.worker", self.url, str(self.folder), str(LEASE)],
            preexec_fn=bind_to_parent,  # noqa: PLW1509 - one system call
        )

    def lines(self, what: str) -> list[tuple[int, int]]:
        """Process and event of each line of that kind."""
        found = []
        for line in (self.folder / "done").read_text().splitlines():
            kind, pid, seq, _ = line.split()
            if kind == what:
                found.append((int(pid), int(seq)))
        return found

    def hold(self) -> None:
        (self.folder / "hold").touch()

    def go_on(self) -> None:
        (self.folder / "hold").unlink()

    def all_done(self) -> bool:
        return all(one.status == Status.DONE for one in self.hands.all())


@pytest.fixture
def workers(ledger: Ledger, tmp_path: Path) -> Iterator[Workers]:
    made = Workers(ledger, tmp_path)
    yield made
    (tmp_path / "end").touch()
    (tmp_path / "hold").unlink(missing_ok=True)


def ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def test_two_workers_share_the_events_and_none_is_worked_twice(workers: Workers) -> None:
    for number in range(60):
        workers.hands.receive(str(number), f"s/{number % 20}")
    with ExitStack() as ending:
        for _ in range(2):
            ending.callback(ended, workers.start())
        wait_until(workers.all_done, "all are done")
    done = Counter(seq for _, seq in workers.lines("done"))
    assert len(done) == 60
    assert set(done.values()) == {1}
    # Events of one subject in the order of arrival.
    order = [seq for _, seq in workers.lines("done")]
    first = min(order)
    for subject in range(20):
        mine = [seq for seq in order if (seq - first) % 20 == subject]
        assert mine == sorted(mine)


def test_a_frozen_worker_is_overtaken_and_fenced(workers: Workers) -> None:
    workers.hands.receive("a")
    workers.hold()
    with ExitStack() as ending:
        slow = workers.start()
        ending.callback(ended, slow)
        wait_until(lambda: workers.lines("claimed"), "it is in the first one's hands")
        os.kill(slow.pid, signal.SIGSTOP)
        workers.go_on()
        other = workers.start()
        ending.callback(ended, other)
        wait_until(workers.all_done, "the other has done it")
        os.kill(slow.pid, signal.SIGCONT)
        wait_until(lambda: workers.lines("fenced"), "the first one is told")
    assert [pid for pid, _ in workers.lines("done")] == [other.pid]
    assert [pid for pid, _ in workers.lines("fenced")] == [slow.pid]
    (event,) = workers.hands.all()
    assert (event.status, event.claim) == (Status.DONE, 2)


def test_a_killed_worker_gives_its_events_back(workers: Workers) -> None:
    for number in range(3):
        workers.hands.receive(str(number), f"s/{number}")
    workers.hold()
    with ExitStack() as ending:
        first = workers.start()
        wait_until(lambda: len(workers.lines("claimed")) == 3, "they are in its hands")
        ended(first)
        workers.go_on()
        ending.callback(ended, workers.start())
        wait_until(workers.all_done, "another has done them")
        wait_until(lambda: len(workers.lines("done")) == 3, "it has written so, which comes after")
    assert first.pid not in {pid for pid, _ in workers.lines("done")}


def test_what_kills_its_worker_three_times_is_dead(workers: Workers) -> None:
    workers.hands.receive("poison")
    workers.hold()
    for times in (1, 2, 3):
        killed = workers.start()
        wait_until(lambda n=times: len(workers.lines("claimed")) == n, "it is claimed")  # type: ignore[misc]
        ended(killed)
    with ExitStack() as ending:
        ending.callback(ended, workers.start())
        wait_until(lambda: workers.hands.all()[0].status == Status.DEAD, "it is dead")
    assert "3 times" in str(workers.hands.all()[0].message)
    assert workers.lines("done") == []
