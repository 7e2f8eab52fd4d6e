"""A TCP proxy that can cut its connections, or let them die without a word."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from dataclasses import dataclass, field


@dataclass
class Proxy:
    """Listens on a port of its own and passes everything on to `target`."""

    target: tuple[str, int]
    port: int = field(init=False)
    _pairs: list[tuple[socket.socket, socket.socket]] = field(default_factory=list)
    _dead: set[int] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _refusing: bool = False
    _ended: bool = False

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def cut(self) -> int:
        """Close every connection and refuse new ones until `mend`; gives how many there were."""
        with self._lock:
            self._refusing = True
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            _close(*pair)
        return len(pairs)

    def mend(self) -> None:
        self._refusing = False

    def silence(self, ports: set[int] | None = None) -> int:
        """Today's connections carry nothing any more and stay open, new ones work; gives how many.

        `ports`: only those that the target sees come from there.
        """
        with self._lock:
            found = [
                one
                for one in self._pairs
                if id(one[0]) not in self._dead and (ports is None or _port(one[1]) in ports)
            ]
            self._dead.update(id(one[0]) for one in found)
        return len(found)

    def close(self) -> None:
        self._ended = True
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while not self._ended:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._refusing:
                _close(client)
                continue
            try:
                server = socket.create_connection(self.target, timeout=2)
            except OSError:
                _close(client)
                continue
            server.settimeout(None)
            with self._lock:
                self._pairs.append((client, server))
            threading.Thread(target=self._carry, args=(client, server), name="proxy", daemon=True).start()

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), selectors.DefaultSelector() as ready:
            ready.register(client, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _ in ready.select():
                    data = key.fileobj.recv(65536)  # type: ignore[union-attr] # only sockets are registered
                    if id(client) in self._dead:
                        # What comes is swallowed. The end of one side is kept from the other, too.
                        if not data:
                            return
                        continue
                    if not data:
                        _close(client, server)
                        return
                    key.data.sendall(data)
        if id(client) not in self._dead:
            _close(client, server)


def _port(one: socket.socket) -> int | None:
    """Its own; None once it is closed."""
    try:
        port: int = one.getsockname()[1]
    except OSError:
        return None
    return port


def _close(*sockets: socket.socket) -> None:
    for one in sockets:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
