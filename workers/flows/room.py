"""What the store's column of notes can hold (FIELD-NOTES, CS-Cart). Pure.

`notes` is a `text` of 65,535 bytes behind a connection that says `SET NAMES utf8` without strict mode:
MySQL cuts silently at the end, and at the first character of four bytes. Nothing is sent that would be cut.
"""

from __future__ import annotations

import re

MOST_BYTES = 65_535
# With what joins or colours it: a family is one picture of several characters.
_WIDE = re.compile("[\U00010000-\U0010ffff](?:[\ufe0e\ufe0f\u200d]|[\U00010000-\U0010ffff])*")
_INSTEAD = "□"


def is_wide(text: str) -> bool:
    """Has the text a character of four bytes?"""
    return any(one > "\uffff" for one in text)


def narrowed(text: str) -> str:
    """`text` with a sign in the place of what takes four bytes."""
    return _WIDE.sub(_INSTEAD, text)


def fitting(standing: str, line: str, mark: str, ending: str) -> str | None:
    """`line` as it fits behind `standing`, shortened to an `ending` that says where the rest is.

    None when not even the mark and the ending fit. The mark stays in front where the line begins with it.
    """
    taken = size(standing)
    # More than the column is known to hold: it is a wider one.
    room = MOST_BYTES - taken - 1 if standing.strip() else MOST_BYTES
    if taken > MOST_BYTES or size(line) <= room:
        return line
    start = mark if line.startswith(mark) else ""
    kept = line.encode()[: max(0, room - size(ending))].decode(errors="ignore").rstrip()
    return f"{kept}{ending}" if len(kept) > len(start) and kept.startswith(start) else None


def size(text: str) -> int:
    """In bytes of UTF-8."""
    return len(text.encode())
