"""`python -m service.cli.guard [--lock FILE] COMMAND …`: becomes COMMAND, bound to its parent's life.

The kernel sends SIGTERM when the parent dies, so that a supervisor killed with -9 leaves nothing behind. With
`--lock` it first waits until the process that holds FILE has gone: the lock is kept by COMMAND until it ends.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def bind_to_parent(number: signal.Signals = signal.SIGTERM) -> None:
    """Have the kernel send `number` when the parent dies. Only Linux knows how."""
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:
            os.kill(os.getpid(), number)


def hold(path: str, *, wait: bool) -> bool:
    """Lock the file for as long as this process, whatever it becomes, lives. False when another holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        return False
    os.set_inheritable(descriptor, True)
    return True


def main(arguments: list[str]) -> None:
    """Bind, lock, become."""
    bind_to_parent()
    if arguments[0] == "--lock":
        hold(arguments[1], wait=True)
        arguments = arguments[2:]
    os.execvp(arguments[0], arguments)  # noqa: S606 - the supervisor's own configuration names it


if __name__ == "__main__":
    main(sys.argv[1:])
