"""Fields of JSON that a text inside a template has broken. Pure, in linear time.

A quotation mark in a customer's text ends it too early, and nobody can say where the text really ended. What
stands before the first such place is sure, read from the beginning; what stands behind the last one is sure,
read from the end. What lies between may be a customer's words and is never looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_SPACE = " \t\r\n"
_PAIR = re.compile(
    r'[\s{,}]*"(\w{1,60})"\s*:\s*'
    r'(?:(?:"((?:[^"\\]|\\.)*)"|(-?\d{1,30}|true|false|null))\s*(?=[,}])|(?=\{))'
)
_BARE = re.compile(r"(-?\d{1,30}|true|false|null)$")
# A bare word is looked for in the last so many characters.
_LONGEST_BARE = 32
_PLAIN = re.compile(r"(?m)^[ \t]*(\w{1,60})[ \t]*[:=][ \t]*(\S{1,60})[ \t\r]*$")


def fields(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """The fields before and behind what is broken, nested ones by their own names.

    One that is there with two values is empty: a text that was made to look like a field is one of them.
    """
    if not text.lstrip().startswith(("{", "[")):
        return dict(_PLAIN.findall(text)), {}
    before, end = _from_the_beginning(text)
    behind: dict[str, str] = {}
    for name, value in _from_the_end(text[end:]):
        same = before.get(name, value) == behind.get(name, value) == value
        behind[name] = value if same else ""
    return before, behind


def _from_the_beginning(text: str) -> tuple[dict[str, str], int]:
    found: dict[str, str] = {}
    at = 0
    while match := _PAIR.match(text, at):
        if match[2] is not None or match[3] is not None:
            value = match[2] or match[3] or ""
            found[match[1]] = value if found.get(match[1], value) == value else ""
        at = match.end()
    return found, at


def _from_the_end(text: str) -> Iterator[tuple[str, str]]:
    rest = text.rstrip(_SPACE + "{},]")
    while True:
        value, rest = _last_value(rest)
        if value is None or not rest.endswith(":"):
            return
        name, rest = _last_value(rest[:-1].rstrip(_SPACE))
        # The first of the pairs is broken: what it seems to hold is the rest of a text.
        if name is None or not re.fullmatch(r"\w{1,60}", name) or not rest.endswith(("{", ",")):
            return
        yield name, value
        rest = rest.rstrip(_SPACE + "{},")


def _last_value(text: str) -> tuple[str | None, str]:
    """The text or bare word that `text` ends with, and what stands before it."""
    if text.endswith('"'):
        start = text.rfind('"', 0, len(text) - 1)
        if start < 0 or text[start - 1 : start] == "\\":
            return None, text
        return text[start + 1 : -1], text[:start].rstrip(_SPACE)
    match = _BARE.search(text[-_LONGEST_BARE:])
    return (match[1], text[: len(text) - len(match[1])].rstrip(_SPACE)) if match else (None, text)
