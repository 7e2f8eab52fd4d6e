"""`python -m tests.ledger.worker URL FOLDER LEASE`: a worker as a process, for tests that stop and kill it.

Claims what is due and "works" it by writing lines into FOLDER/done: `claimed`, then `done` or `fenced`. While
FOLDER/hold exists it stays in the middle of an event, where a test may freeze it.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from service.ledger import claims
from service.ledger.claims import Claimed, LeaseLost
from service.ledger.database import Ledger
from service.ledger.life import Lane


def main(url: str, folder: Path, lease: int) -> None:
    ledger = Ledger(url)
    while not (folder / "end").exists():
        try:
            with ledger.exclusive() as session:
                held = claims.claim(session, Lane.INTERACTIVE, 3, lease)
        except SQLAlchemyError:
            held = []
        for one in held:
            _say(folder, "claimed", one)
        while held and (folder / "hold").exists():
            time.sleep(0.01)
        for one in held:
            _finish(ledger, folder, one)
        if not held:
            time.sleep(0.02)
    ledger.close()


def _finish(ledger: Ledger, folder: Path, one: Claimed) -> None:
    try:
        with ledger.write() as session:
            claims.done(session, one)
    except LeaseLost:
        _say(folder, "fenced", one)
    else:
        _say(folder, "done", one)


def _say(folder: Path, what: str, one: Claimed) -> None:
    # One short write to a file opened for appending: lines of several processes do not mix.
    with (folder / "done").open("a") as file:
        file.write(f"{what} {os.getpid()} {one.seq} {one.subject}\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
