"""How times, names and bytes are shown: filters for the templates."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from service.api.moments import iso
from service.api.vendor_queries import TITLES
from service.intake import call_request, omnidesk, references

SOURCES = tuple(TITLES)
"""Where events come from, for the filter."""
TYPES = (
    *call_request.TYPES,
    omnidesk.MESSAGE_NEW,
    omnidesk.CASE_CHANGED,
    "cscart.invalid",
    "omnidesk.invalid",
)
"""What happens, for the filter."""

# More of a body than this is for the download, not for reading.
LONGEST = 20_000


def moment(ms: int | None) -> Markup:
    """A time, for every reader in UTC; the page's script shows it in the reader's own zone and writing."""
    return _time(ms, "moment")


def ago(ms: int | None) -> Markup:
    """The same, which the script shows as "3 minutes ago"."""
    return _time(ms, "ago")


def _time(ms: int | None, kind: str) -> Markup:
    if ms is None:
        return Markup("–")
    text = f"{datetime.fromtimestamp(ms // 1000, UTC):%d %b %Y, %H:%M:%S} UTC"
    return Markup('<time datetime="{}" data-show="{}">{}</time>').format(iso(ms), kind, text)


def duration(ms: int) -> str:
    """`240 ms`, `1.2 s`."""
    return f"{ms} ms" if ms < 1000 else f"{ms / 1000:.1f} s"


def vendor(name: str) -> str:
    """The vendor's title."""
    return TITLES.get(name, name)


def operation(name: str) -> str:
    """An operation without its vendor, which stands beside it: `cases.create`."""
    return name.partition(".")[2] or name


def subject(text: str) -> dict[str, str]:
    """What the parts of a subject are, for the template to put into words."""
    if parts := references.split(text):
        return {"kind": "call_request", "store": parts[0], "number": parts[1]}
    if match := re.fullmatch(r"omnidesk/case/(\d+)", text):
        return {"kind": "case", "number": match[1]}
    return {"kind": "other", "text": text}


def readable(raw: bytes) -> str:
    """Bytes as text, whatever they are, up to a length that can be read."""
    return raw[:LONGEST].decode("utf-8", "replace")


FILTERS: dict[str, Callable[..., Any]] = {
    "moment": moment,
    "ago": ago,
    "duration": duration,
    "vendor": vendor,
    "operation": operation,
    "subject": subject,
}
