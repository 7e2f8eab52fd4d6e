"""Names that were nearly right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

# Cyrillic letters that look like Latin ones, typed by people with a Russian keyboard.
_LOOK_ALIKES = str.maketrans("сСаАеЕоОрРхХуУкКмМтТвВнН", "cCaAeEoOpPxXyYkKmMtTbBhH")


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean …?` for a name close to a known one, else nothing."""
    by_small = {one.lower(): one for one in known}
    latin = name.translate(_LOOK_ALIKES)
    if latin != name and latin.lower() in by_small:
        return f"; write {by_small[latin.lower()]} with Latin letters"
    near = difflib.get_close_matches(latin.lower(), by_small, n=1, cutoff=0.6)
    return f"; did you mean {by_small[near[0]]}?" if near else ""


def joined(names: Iterable[str]) -> str:
    """`a, b or c`."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last
