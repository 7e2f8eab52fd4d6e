"""Reads a request's body, whatever its label says. Gives plain data or says why it cannot be read."""

from __future__ import annotations

import json
import math
from typing import Any
from urllib.parse import unquote_to_bytes

from service.intake import charset, forms

# Deeper than anything that is read of a body; below, values are left out.
DEEPEST = 30
# JSON that is the text of a JSON text, and so on: so many times.
_MOST_WRAPPINGS = 3
# No number of ours is longer; Python reads longer ones slowly or not at all.
_LONGEST_NUMBER = 40
_QUOTED_JSON = (b"%7b", b"%5b", b"%22")


class NotReadable(Exception):
    """The body is not what it should be; the text says what was expected."""


def read_json(raw: bytes, *, once: bool = False) -> Any:
    """The body's JSON, also when it is the text of a JSON text. Raises `NotReadable`."""
    data = _json(charset.text(raw).rstrip("\0"), once=once)
    for _ in range(_MOST_WRAPPINGS):
        if not isinstance(data, str) or not looks_like_json(data):
            break
        data = _json(data, once=once)
    return storable(data)


def read_form(raw: bytes, *, once: bool = False) -> dict[str, Any]:
    """The body's form fields, PHP brackets unfolded (`object[case_id]=1`). Raises `NotReadable`."""
    written_in = charset.of(raw)
    if not written_in.startswith("utf-8") and written_in != charset.OLD:
        raw = raw.decode(written_in, "replace").encode()
    if b"=" not in raw:
        raise NotReadable("The body is neither JSON nor form fields (name=value).")
    try:
        return dict(storable(forms.read(raw.strip().removeprefix(b"\xef\xbb\xbf"), once=once)))
    except forms.TooMany:
        raise NotReadable(f"The body has more than {forms.MOST_PARAMETERS} form fields.") from None


def read_query(raw: bytes) -> dict[str, Any]:
    """The fields of an address, each `once`. Raises `NotReadable`."""
    return read_form(raw, once=True) if b"=" in raw else {}


def read_any(raw: bytes, *, once: bool = False) -> dict[str, Any]:
    """JSON, or else form fields: senders label both wrongly (FIELD-NOTES). Raises `NotReadable`.

    A list of one is that one. `once`: a field that is there twice with different values is empty, for one of
    them is a text that was made to look like a field; else the last one holds.
    """
    if raw.lstrip()[:3].lower() in _QUOTED_JSON:
        # JSON that went through a form's encoding, with or without the `=` of an empty value behind it.
        raw = unquote_to_bytes(raw.replace(b"+", b" ")).strip().removesuffix(b"=")
    if not looks_like_json(charset.text(raw)):
        return read_form(raw, once=once)
    data = only(only(read_json(raw, once=once)))
    if not isinstance(data, dict):
        raise NotReadable("The body is not one JSON object.")
    return data


def from_text(value: Any) -> Any:
    """`value`, or the JSON that its text is: some senders wrap what they send."""
    if not isinstance(value, str) or not looks_like_json(value):
        return value
    try:
        return storable(_json(value))
    except NotReadable:
        return value


def only(value: Any) -> Any:
    """`value`, from its text if it is one of JSON, and the one item if it is a list of one."""
    found = from_text(value)
    return found[0] if isinstance(found, list) and len(found) == 1 else found


def looks_like_json(text: str) -> bool:
    """Does the text begin as an object, a list or a text of JSON does?"""
    return text.lstrip()[:1] in ("{", "[", '"')


def storable(value: Any, depth: int = DEEPEST) -> Any:
    """Without what no database takes: NUL, halves of surrogate pairs, infinity. The raw body keeps them."""
    if isinstance(value, str):
        return value.replace("\x00", "�").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, (list, dict)) and not depth:
        return None
    if isinstance(value, list):
        return [storable(item, depth - 1) for item in value]
    if isinstance(value, dict):
        return {storable(str(key)): storable(item, depth - 1) for key, item in value.items()}
    return value


def _json(text: str, *, once: bool = False) -> Any:
    try:
        # Not strict: a line break inside a text is wrong JSON, and what careless senders write.
        return json.loads(
            text,
            strict=False,
            parse_constant=_no_number,
            parse_float=_number,
            parse_int=_whole,
            object_pairs_hook=_each_once if once else None,
        )
    except (ValueError, RecursionError):
        raise NotReadable("The body is not JSON.") from None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        found[name] = value if found.get(name, value) == value else ""
    return found


def _no_number(_: str) -> bool:
    """NaN and Infinity, which are not JSON: false is what no field but a truth value takes."""
    return False


def _number(text: str) -> float | bool:
    number = float(text)
    return number if math.isfinite(number) else False


def _whole(text: str) -> int | str:
    return int(text) if len(text) <= _LONGEST_NUMBER else text
