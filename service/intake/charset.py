"""Finds out in which characters a body is written, whatever its label says. Pure."""

from __future__ import annotations

import codecs
import json

# What an old Russian store writes where it does not write UTF-8.
OLD = "cp1251"
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_REPLACED = "�"


def of(raw: bytes) -> str:
    """The name of the character set: UTF-8 unless the bytes say something else.

    Text in windows-1251 is hardly ever valid UTF-8. UTF-8 of which a piece was cut off stays UTF-8.
    """
    wide = json.detect_encoding(raw)
    if raw.startswith(_MARKS) or (wide.startswith(("utf-16", "utf-32")) and _fits(raw, wide)):
        return wide
    if _fits(raw, "utf-8"):
        return "utf-8-sig"
    guess = raw.decode("utf-8", "replace")
    broken = guess.count(_REPLACED)
    whole = sum(not one.isascii() for one in guess) - broken
    return "utf-8-sig" if whole > broken else OLD


def text(raw: bytes) -> str:
    """The bytes as text; what cannot be read in it becomes U+FFFD."""
    return raw.decode(of(raw), "replace")


def _fits(raw: bytes, name: str) -> bool:
    try:
        raw.decode(name)
    except UnicodeDecodeError:
        return False
    return True
