"""How much of a request has come, and whether that is all of it. Pure: bytes in, a verdict out.

It only counts: what the bytes mean is judged by gunicorn's strict parser afterwards, which is given the same
bytes and never more. Where the two disagree, that parser finds too little and the request is refused.
"""

from __future__ import annotations

# The largest body a sender of ours needs is a few kB; a reply with a long mail in it may have more.
LARGEST_BODY = 1024 * 1024
LARGEST_HEAD = 64 * 1024
LARGEST_CHUNK_LINE = 4096
# What chunking may add: nobody sends a body a few bytes at a time.
LARGEST_CHUNKED = 2 * LARGEST_BODY

_END = b"\r\n\r\n"


class Refused(Exception):
    """The request is not taken further; `status` and the sentence for its sender."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


def too_large() -> Refused:
    """A body above the limit, however it is framed or packed."""
    return Refused(413, "The body is larger than 1 MiB.")


class Framing:
    """One request as it arrives. `data` are its bytes so far, and perhaps some of the next one."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.whole = False
        # The sender waits for a word before it sends the body.
        self.awaits_go_ahead = False
        self.path = b""
        self._searched = 0
        self._ends: int | None = None
        self._chunks: _Chunks | None = None

    def feed(self, piece: bytes) -> None:
        """Take what has come. Sets `whole` at the end. Raises `Refused`."""
        self.data += piece
        if self._ends is None and self._chunks is None and not self._read_head():
            return
        if self._chunks is not None:
            self.whole = self._chunks.advance(self.data)
        elif self._ends is not None:
            self.whole = len(self.data) >= self._ends

    def _read_head(self) -> bool:
        data = self.data
        # One empty line before the request is allowed, and none of a head's end.
        begins = 2 if data.startswith(b"\r\n") else 0
        end = data.find(_END, max(begins, self._searched - 3))
        if end < 0:
            if len(data) > LARGEST_HEAD:
                raise Refused(431, "The request's head is larger than 64 KiB.")
            # Lines that end without a carriage return never end the head: the parser refuses them.
            self.whole = data.find(b"\n\n", max(0, self._searched - 1)) >= 0
            self._searched = len(data)
            return False
        first, *lines = bytes(data[begins:end]).split(b"\r\n")
        words = first.split(b" ")
        self.path = words[1].partition(b"?")[0] if len(words) > 1 else b""
        headers = [
            (name.lower(), value.strip(b" \t")) for name, _, value in (line.partition(b":") for line in lines)
        ]
        lengths = [value for name, value in headers if name == b"content-length"]
        body = end + len(_END)
        if any(name == b"transfer-encoding" for name, _ in headers):
            self._chunks = _Chunks(body)
        elif len(lengths) == 1 and lengths[0].isdigit():
            digits = lengths[0].lstrip(b"0") or b"0"
            if len(digits) > len(str(LARGEST_BODY)) or int(digits) > LARGEST_BODY:
                raise too_large()
            self._ends = body + int(digits)
        else:
            # No body, or lengths that the parser refuses.
            self._ends = body
        self.awaits_go_ahead = first.endswith(b"/1.1") and any(
            name == b"expect" and value.lower() == b"100-continue" for name, value in headers
        )
        return True


class _Chunks:
    """Walks over the chunks of a body."""

    def __init__(self, at: int) -> None:
        self._begins = self._at = at
        self._size = 0
        self._last = False

    def advance(self, data: bytearray) -> bool:
        """True when the last chunk and what trails it have come. Raises `Refused`."""
        if len(data) - self._begins > LARGEST_CHUNKED:
            raise too_large()
        while not self._last:
            end = data.find(b"\r\n", self._at, self._at + LARGEST_CHUNK_LINE)
            if end < 0:
                if len(data) - self._at >= LARGEST_CHUNK_LINE:
                    raise Refused(400, "The body's chunks cannot be read.")
                return False
            size = self._length(bytes(data[self._at : end]))
            if size == 0:
                self._last = True
                self._at = end + 2
                break
            if self._size + size > LARGEST_BODY:
                raise too_large()
            if len(data) < end + 2 + size + 2:
                return False
            if data[end + 2 + size : end + 4 + size] != b"\r\n":
                raise Refused(400, "The body's chunks cannot be read.")
            self._size += size
            self._at = end + 4 + size
        return self._trailers_end(data)

    def _length(self, line: bytes) -> int:
        digits = line.partition(b";")[0].rstrip(b" \t")
        if not digits or digits.strip(b"0123456789abcdefABCDEF"):
            raise Refused(400, "The body's chunks cannot be read.")
        digits = digits.lstrip(b"0")
        if len(digits) > 6:
            raise too_large()
        return int(digits or b"0", 16)

    def _trailers_end(self, data: bytearray) -> bool:
        if data[self._at : self._at + 2] == b"\r\n" or data.find(_END, self._at) >= 0:
            return True
        if len(data) - self._at > LARGEST_CHUNK_LINE:
            raise Refused(400, "What trails the body's chunks is too long.")
        return False
