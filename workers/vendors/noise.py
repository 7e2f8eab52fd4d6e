"""JSON that comes with something around it: PHP notices before or after it, a byte order mark. No I/O.

Shops run with notices printed, and the status is 200 all the same (FIELD-NOTES, CS-Cart). What stands around
the JSON is never kept: a notice may quote anything. One pass over the text, whatever is in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from service.intake.body import storable

# NUL, and halves of surrogate pairs, which no database takes.
_UNFIT = re.compile(rb"\x00|\\u(?:0000|[dD][89a-fA-F])")
MARK = b"\xef\xbb\xbf"

_Pairs = Callable[[list[tuple[str, Any]]], dict[str, Any]]

# Where JSON may begin: notices end with a line, a tag, or the number of a line.
_BEGINNING = re.compile(
    r"""(?:\A|[\r\n>]|on[ ]line[ ]\d{1,9})[ \t\ufeff]*([{]\s*["}]|[\[]\s*["\[{\]])""", re.VERBOSE
)
# Behind what only looks like it: a dump of PHP's, or the middle of something that is broken.
_NO_END = re.compile(r"\s*[,:=}\]]")
# A whole page is no notice, and may hold JSON of its own (ld+json).
_PAGE = re.compile(r"<!doctype|<(?:html|head|body|script)\b", re.IGNORECASE)
# An empty list of Omnidesk's (FIELD-NOTES, lists).
_EMPTY_TEXT = re.compile(r'(?:[\r\n>]|on line \d{1,9})[ \t]*""\s*\Z')


def read(body: bytes, pairs: _Pairs | None = None) -> tuple[Any, bool]:
    """The JSON in `body`, fit for a database, and whether something stood around it.

    Raises `ValueError` or `RecursionError`.
    """
    data, noisy = _read(body, pairs)
    return (storable(data) if _UNFIT.search(body) else data), noisy


def _read(body: bytes, pairs: _Pairs | None) -> tuple[Any, bool]:
    try:
        return json.loads(body, object_pairs_hook=pairs), body.startswith(MARK)
    except ValueError:
        return _among(body, pairs), True


def _among(body: bytes, pairs: _Pairs | None) -> Any:
    # Notices may be in any character set; the JSON between them must be whole.
    text = body.decode("utf-8", "surrogateescape").lstrip("\ufeff \t\r\n")
    decoder = json.JSONDecoder(object_pairs_hook=pairs)
    best: tuple[int, int] = (0, 0)
    value: Any = None
    page = _PAGE.search(text)
    last = page.start() if page else len(text)
    end = 0
    for found in _BEGINNING.finditer(text):
        start = found.start(1)
        if start > last:
            break
        if start < end:
            continue
        # What begins like JSON and does not end is a broken answer: what stands inside it is not the answer.
        read_, end = decoder.raw_decode(text, start)
        if _NO_END.match(text, end):
            continue
        if not best[1] or end - start > best[1] - best[0]:
            best, value = (start, end), read_
        if not start:
            break
    if best[1]:
        # Letters that are no UTF-8 would be written back to the vendor as something else.
        text[best[0] : best[1]].encode()
        return value
    if not page and _EMPTY_TEXT.search(text):
        return ""
    raise ValueError("no JSON")
