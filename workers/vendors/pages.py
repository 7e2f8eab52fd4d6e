"""Web pages that come instead of a vendor's answer: a proxy's, a firewall's, Cloudflare's. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workers.vendors.operation import Operation

PAGE = "page"
PROTECTION = "protection"

# The beginning is enough to tell a page by.
LOOKED_AT = 8192

# Whose refusals are JSON (FIELD-NOTES, errors): a page with 403 is somebody else's. Obzvonilka's may be one.
_SPEAK_JSON = {"omnidesk", "cscart"}

_HTML = re.compile(
    rb"(?:\s|\xef\xbb\xbf)*<(?:!doctype|html|head|body|\?xml|!--|center|h1|title)", re.IGNORECASE
)
_GUARDS = re.compile(
    rb"cloudflare|cf-ray|cf-error|ddos|just a moment|attention required|checking your browser|captcha|"
    rb"sucuri|incapsula|imperva|akamai|qrator|stormwall|variti|mod_?security|firewall|wordfence|bitninja|"
    rb"imunify|error code: 10\d\d|<center>(?:nginx|openresty|cloudflare)",
    re.IGNORECASE,
)


def what(headers: Mapping[str, str], body: bytes) -> str:
    """`PROTECTION`, `PAGE`, or nothing for what is no page. For a body that is not JSON."""
    start = body[:LOOKED_AT]
    names = {name.lower(): value for name, value in headers.items()}
    if "cf-mitigated" in names or _GUARDS.search(start):
        return PROTECTION
    labelled = "html" in names.get("content-type", "").lower()
    return PAGE if start.strip() and (labelled or _HTML.match(start)) else ""


def stands_in_the_way(operation: Operation, page: str) -> bool:
    """Does a page with 403 come from something in front of the vendor?"""
    return page == PROTECTION or (page == PAGE and operation.vendor in _SPEAK_JSON)
