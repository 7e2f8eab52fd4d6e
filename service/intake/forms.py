"""Form fields with PHP's brackets as nested data: `object[case_id]=1`, `attachments[][url]=…`. Pure.

Every part that has a bracket is an object, whose keys are texts: PHP knows no difference between a list and
an object with numbers for keys, and a number may be any (`custom_fields[9874]`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

from service.intake import charset

# More than any sender of ours has, and where PHP's own limit is.
MOST_PARAMETERS = 1000
# Brackets in one name; what stands deeper is one key.
DEEPEST = 8

_BRACKET = re.compile(r"\[([^\[\]]*)\]")


class TooMany(ValueError):
    """More parameters than `MOST_PARAMETERS`."""


def read(raw: bytes, *, once: bool = False) -> dict[str, Any]:
    """The fields; of the same name in full the last one holds, `[]` is another one each time.

    `once`: one that is there with different values is empty instead. Raises `TooMany`.
    """
    pairs = [pair for pair in raw.split(b"&") if pair.strip()]
    if len(pairs) > MOST_PARAMETERS:
        raise TooMany
    halves = [_unquoted(half) for pair in pairs for half in pair.partition(b"=")[::2]]
    written_in = charset.of(b"\n".join(halves))
    texts = iter([half.decode(written_in, "replace") for half in halves])
    found: dict[str, Any] = {}
    for name, value in zip(texts, texts, strict=True):
        _put(found, list(_keys(name.strip())), value, once=once)
    return found


def _unquoted(half: bytes) -> bytes:
    return unquote_to_bytes(half.replace(b"+", b" "))


def _keys(name: str) -> Iterator[str]:
    """`a[b][]` as `a`, `b` and ``. A bracket that is not closed is a part of the name."""
    first, bracket, _ = name.partition("[")
    if not first or not bracket:
        yield name
        return
    yield first
    at, depth = len(first), 0
    while depth < DEEPEST and (match := _BRACKET.match(name, at)):
        yield match[1].strip()
        at, depth = match.end(), depth + 1
    if at < len(name):
        yield name[at:]


def _put(found: dict[str, Any], keys: list[str], value: str, *, once: bool) -> None:
    node = found
    for key in keys[:-1]:
        inner = node.get(key or _next(node))
        if not isinstance(inner, dict):
            inner = node[key or _next(node)] = {}
        node = inner
    last = keys[-1] or _next(node)
    # A stray text does not wipe out what stands in brackets.
    if not isinstance(node.get(last), dict):
        node[last] = "" if once and node.get(last, value) != value else value


def _next(node: dict[str, Any]) -> str:
    """The number that `[]` stands for."""
    number = len(node)
    while str(number) in node:
        number += 1
    return str(number)
