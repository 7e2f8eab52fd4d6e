"""A connection and what has come of its request."""

from __future__ import annotations

import contextlib

from gunicorn.workers.gthread import TConn

from service.edge.framing import Framing


class Connection(TConn):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's own, with the request that is on its way. `timeout` is a moment of the monotonic clock."""

    framing: Framing
    held = 0
    watched = False

    def begin(self, deadline: float) -> None:
        """Wait for a request until `deadline`."""
        self.framing = Framing()
        self.timeout = deadline

    def send(self, data: bytes) -> None:
        """Send a few bytes, or none when the sender does not read."""
        with contextlib.suppress(OSError):
            self.sock.send(data)
