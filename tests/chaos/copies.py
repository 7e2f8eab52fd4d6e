"""A copy of the ledger, and going back to it: as from a backup, with all that happened since forgotten."""

from __future__ import annotations

import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

from tests.chaos.plan import LATE_SECONDS
from tests.chaos.senders import Senders
from tests.chaos.world import World
from tests.stack import wait_until

# The slowest call is answered after 22 s.
AT_WORK_SECONDS = 40


class Copies:
    """One copy, taken while the service runs."""

    def __init__(self, world: World, senders: Senders) -> None:
        self._world = world
        self._senders = senders
        self._taken = -1

    def take(self) -> bool:
        """Copy the ledger. A delivery is before it or after it."""
        with self._senders.halted():
            if self._world.postgres:
                self._world.postgres.kill()
                _copy(self._world.postgres.data, self._copy)
                self._world.postgres.start()
            else:
                with (
                    closing(sqlite3.connect(self._file)) as ledger,
                    closing(sqlite3.connect(self._copy)) as to,
                ):
                    ledger.backup(to)
            self._taken = len(self._senders.sent.taken)
        return True

    def restore(self) -> bool:
        """Put the copy in the ledger's place while the service is stopped, and send again all since then.

        Gives whether the ledger forgot anything.
        """
        with self._senders.halted():
            self._world.service.stop()
            # What a call does whose attempt the copy does not know would be found by nobody.
            wait_until(self._nothing_is_at_work, "the vendors' calls have ended", AT_WORK_SECONDS)
            time.sleep(LATE_SECONDS + 1)
            self._put_back()
            self._world.open_ledger()
            self._world.service.start()
            self._world.service.wait_ready()
            sent = self._senders.sent
            forgotten, sent.taken = sent.taken[self._taken :], sent.taken[: self._taken]
            for one in forgotten:
                self._senders.again(one)
        return bool(forgotten)

    def _put_back(self) -> None:
        if self._world.postgres:
            self._world.postgres.kill()
            _copy(self._copy, self._world.postgres.data)
            self._world.postgres.start()
        else:
            for one in self._file.parent.glob(f"{self._file.name}*"):
                one.unlink()
            _copy(self._copy, self._file)

    def _nothing_is_at_work(self) -> bool:
        """Has every call that a fault has struck come to its end? Then it stands in the journal."""
        fired = sum(int(one["fired"]) for one in self._world.sandbox.get("/sandbox/faults"))
        ended = sum(
            str(call["fault"]).count("+") + 1 for call in self._world.sandbox.calls() if call["fault"]
        )
        return ended >= fired

    @property
    def _file(self) -> Path:
        return Path(self._world.service.environ["PEREZVON_VAR"]) / "perezvon.sqlite"

    @property
    def _copy(self) -> Path:
        return Path(self._world.service.environ["PEREZVON_VAR"]).parent / "copy"


def _copy(source: Path, to: Path) -> None:
    """With owners and modes; what stands there goes."""
    subprocess.run(["rm", "-rf", "--", to], check=True)
    subprocess.run(["cp", "-a", "--", source, to], check=True)
