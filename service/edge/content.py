"""What a body says without its packing: Content-Encoding and multipart forms. Bounded in time and memory."""

from __future__ import annotations

import zlib
from urllib.parse import quote, quote_from_bytes

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from service.edge.framing import LARGEST_BODY, Refused, too_large

# No packing: some senders put the character set here.
_PLAIN = {"identity", "none", "utf-8", "utf8", "ascii", "us-ascii", "windows-1251", "cp1251", "iso-8859-1"}
# zlib's numbers of the formats: gzip; with zlib's own frame, and without.
_FORMATS = {"gzip": (31,), "x-gzip": (31,), "deflate": (15, -15)}
# gzip files may stand one behind the other.
_MOST_MEMBERS = 16
_MOST_PARTS = 1000


def plain(wire: bytes, encoding: str, content_type: str) -> bytes:
    """The body's text: unpacked, and a multipart form's fields as `name=value&…`. Raises `Refused`."""
    return _fields(_unpacked(wire, encoding), content_type)


def _unpacked(wire: bytes, encoding: str) -> bytes:
    named = [
        name for name in (one.strip().lower() for one in encoding.split(",")) if name and name not in _PLAIN
    ]
    if not named:
        return wire
    if len(named) > 1 or named[0] not in _FORMATS:
        raise Refused(415, "The body may be packed once, with Content-Encoding gzip or deflate.")
    for bits in _FORMATS[named[0]]:
        try:
            return _inflated(wire, bits)
        except zlib.error:
            continue
    if _is_text(wire):
        # A proxy has unpacked it and left the header.
        return wire
    raise Refused(400, f"The body cannot be unpacked as {named[0]}.")


def _inflated(wire: bytes, bits: int) -> bytes:
    """Raises `zlib.error`, and `Refused` above the limit."""
    found = b""
    for _ in range(_MOST_MEMBERS):
        packed = zlib.decompressobj(bits)
        found += packed.decompress(wire, LARGEST_BODY + 1 - len(found))
        if len(found) > LARGEST_BODY:
            raise too_large()
        if not packed.eof:
            raise zlib.error("it breaks off")
        wire = packed.unused_data.lstrip(b"\0")
        if not wire:
            return found
    raise zlib.error("too many members")


def _is_text(wire: bytes) -> bool:
    try:
        wire.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return wire.lstrip()[:1] in (b"{", b"[") or b"=" in wire


def _fields(body: bytes, content_type: str) -> bytes:
    label, options = parse_options_header(content_type)
    if not label.startswith("multipart/"):
        return body
    boundary = options.get("boundary", "").encode("latin-1", "replace")
    if not boundary or b"--" + boundary not in body:
        # Labelled wrongly: what it is shows in itself.
        return body
    if label != "multipart/form-data":
        raise Refused(415, "Send JSON or the fields of a form.")
    found: list[str] = []
    decoder = MultipartDecoder(boundary, max_form_memory_size=LARGEST_BODY, max_parts=_MOST_PARTS)
    try:
        decoder.receive_data(body)
        decoder.receive_data(None)
        name: str | None = None
        value = b""
        while not isinstance(event := decoder.next_event(), Epilogue | NeedData):
            if isinstance(event, Field):
                name, value = event.name, b""
            elif isinstance(event, File):
                # Files are left out: no sender of ours has anything to say in one.
                name = None
            elif isinstance(event, Data) and name is not None:
                value += event.data
                if not event.more_data:
                    found.append(f"{quote(name, safe='')}={quote_from_bytes(value, safe='')}")
    except RequestEntityTooLarge:
        raise Refused(413, f"The form has more than {_MOST_PARTS} fields.") from None
    except ValueError:
        raise Refused(400, "The body's multipart form cannot be read.") from None
    return "&".join(found).encode("ascii")
