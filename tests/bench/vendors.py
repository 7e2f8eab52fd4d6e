"""`python -m tests.bench.vendors PORT LATENCY_MS`: the three vendors, as quick as Python can be.

One process, one event loop, answers ready-made: what is measured is the client. It keeps what it was told,
and `GET /seen` gives the counts by which a benchmark verifies that everything was carried, once.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections import Counter
from typing import Any

_PATHS = (
    ("GET", re.compile(r".*/contacts/find_by_external/(.+)\.json"), "find"),
    ("POST", re.compile(r"/obzvonilka/.*/contacts\.json"), "contact"),
    ("POST", re.compile(r"/omnidesk/api/cases\.json"), "case"),
    ("GET", re.compile(r"/cscart/api/2\.0/call_requests/(\d+)"), "row"),
    ("PUT", re.compile(r"/cscart/api/2\.0/call_requests/(\d+)"), "written"),
)


class Vendors:
    """What the vendors hold, as far as a benchmark looks."""

    def __init__(self, latency: float) -> None:
        self._latency = latency
        self._calls: Counter[str] = Counter()
        self._contacts: Counter[str] = Counter()
        self._cases: Counter[str] = Counter()
        self._notes: dict[str, str] = {}

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        """Status and JSON of a call."""
        if path == "/seen":
            return 200, self._seen()
        for wanted, pattern, name in _PATHS:
            if method == wanted and (match := pattern.fullmatch(path)):
                self._calls[name] += 1
                answer: tuple[int, Any] = getattr(self, f"_{name}")(body, *match.groups())
                return answer
        return 500, {"error": f"the benchmark's vendors do not know {method} {path.partition('?')[0]}"}

    def _seen(self) -> dict[str, Any]:
        return {
            "calls": self._calls,
            "contacts": self._contacts,
            "cases": self._cases,
            "notes": {key: text for key, text in self._notes.items() if text},
        }

    def _find(self, _: bytes, code: str) -> tuple[int, Any]:
        return (200, {"id": 1}) if code in self._contacts else (404, {"error": "not found"})

    def _contact(self, body: bytes) -> tuple[int, Any]:
        # A form or JSON: only the code in it is looked at.
        found = re.search(rb"cscart-\d+-(\d+)", body)
        self._contacts[found[1].decode() if found else ""] += 1
        return 200, {"contact": {"id": len(self._contacts)}}

    def _case(self, body: bytes) -> tuple[int, Any]:
        found = re.search(rb"cscart-\d+-(\d+)\]", body)
        number = sum(self._cases.values()) + 1
        self._cases[found[1].decode() if found else ""] += 1
        case = {"case_id": 5000 + number, "case_number": f"{number:06}-1", "user_id": 9000 + number}
        return 201, {"case": {**case, "status": "open", "subject": ""}}

    def _row(self, _: bytes, request_id: str) -> tuple[int, Any]:
        row = {"request_id": request_id, "company_id": "1", "status": "new", "phone": "+79175550000"}
        return 200, {**row, "notes": self._notes.get(request_id, ""), "timestamp": "1764000000"}

    def _written(self, body: bytes, request_id: str) -> tuple[int, Any]:
        self._notes[request_id] = str(json.loads(body).get("notes", ""))
        return 200, {"request_id": request_id}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept open."""
        try:
            while head := await _head(reader):
                request, *lines = head.decode("latin-1").split("\r\n")
                method, path, _ = request.split(" ", 2)
                length = next(
                    (int(line[15:]) for line in lines if line.lower().startswith("content-length:")), 0
                )
                body = await reader.readexactly(length)
                if self._latency and path != "/seen":
                    await asyncio.sleep(self._latency)
                status, data = self.answer(method, path, body)
                content = json.dumps(data).encode()
                writer.write(
                    f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(content)}\r\napi_calls_left: 100000\r\n"
                    f"rate_limit_per_minute: 100000\r\n\r\n".encode()
                    + content
                )
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return (await reader.readuntil(b"\r\n\r\n"))[:-4]
    except asyncio.IncompleteReadError:
        return b""


async def main(port: int, latency: float) -> None:
    vendors = Vendors(latency)
    server = await asyncio.start_server(vendors.serve, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]) / 1000))
