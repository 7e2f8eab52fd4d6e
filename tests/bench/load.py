"""Sends requests over connections that are kept open, as quickly as they are answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Sent:
    """How it went: seconds in all, seconds of each answer in order of size, and how many were not 2xx."""

    seconds: float
    latencies: Sequence[float]
    refused: int

    def percentile(self, part: float) -> float:
        """Seconds within which that part (0 to 1) was answered."""
        return self.latencies[min(len(self.latencies) - 1, int(part * len(self.latencies)))]


def send(url: str, bodies: Sequence[bytes], connections: int = 16) -> Sent:
    """POST each body once."""
    return asyncio.run(_send(url, bodies, connections))


async def _send(url: str, bodies: Sequence[bytes], connections: int) -> Sent:
    parts = urlsplit(url)
    todo = iter(bodies)
    latencies: list[float] = []
    refused: list[int] = []
    began = time.perf_counter()
    await asyncio.gather(
        *(
            _connection(parts.hostname or "", parts.port or 80, parts.path, todo, latencies, refused)
            for _ in range(connections)
        )
    )
    return Sent(time.perf_counter() - began, sorted(latencies), len(refused))


async def _connection(
    host: str, port: int, path: str, todo: Iterator[bytes], latencies: list[float], refused: list[int]
) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    for body in todo:
        began = time.perf_counter()
        head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(answer.partition("content-length:")[2].partition("\r\n")[0])
        await reader.readexactly(length)
        latencies.append(time.perf_counter() - began)
        status = int(answer.split(" ", 2)[1])
        if not 200 <= status < 300:
            refused.append(status)
        if "connection: close" in answer:
            writer.close()
            reader, writer = await asyncio.open_connection(host, port)
    writer.close()
