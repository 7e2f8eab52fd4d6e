"""Reads a request's body, whatever its label says. Gives plain data or says why it cannot be read."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import qs_codec

# More than any sender of ours has; qs_codec would silently drop what is beyond its own defaults.
MOST_PARAMETERS = 1000
DEEPEST = 5


class NotReadable(Exception):
    """The body is not what it should be; the text says what was expected."""


def decode(raw: bytes) -> str:
    """The body as text. Raises `NotReadable`."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotReadable("The body is not UTF-8 text.") from None


def read_json(raw: bytes) -> Any:
    """The body's JSON. Raises `NotReadable`."""
    try:
        return storable(json.loads(decode(raw), parse_constant=_no_constant))
    except (ValueError, RecursionError):
        raise NotReadable("The body is not JSON.") from None


def read_form(raw: bytes) -> dict[str, Any]:
    """The body's form fields, PHP brackets unfolded (`object[case_id]=1`). Raises `NotReadable`."""
    text = decode(raw).strip()
    if "=" not in text:
        raise NotReadable("The body has no form fields (name=value).")
    try:
        fields = qs_codec.decode(
            text,
            qs_codec.DecodeOptions(
                depth=DEEPEST,
                parameter_limit=MOST_PARAMETERS,
                raise_on_limit_exceeded=True,
                duplicates=qs_codec.Duplicates.LAST,
            ),
        )
        return dict(storable(fields))
    except (ValueError, IndexError, TypeError, RecursionError):
        raise NotReadable("The body's form fields cannot be read.") from None


def read_any(raw: bytes) -> dict[str, Any]:
    """JSON, or else form fields: senders label both wrongly (FIELD-NOTES). Raises `NotReadable`."""
    if decode(raw).lstrip()[:1] in ("{", "["):
        data = read_json(raw)
        if not isinstance(data, dict):
            raise NotReadable("The body is a list, not one object.")
        return data
    return read_form(raw)


def storable(value: Any) -> Any:
    """Without what no database takes: NUL, and halves of surrogate pairs. The raw body keeps them."""
    if isinstance(value, str):
        return value.replace("\x00", "�").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(str(key)): storable(item) for key, item in value.items()}
    return value


def _no_constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")
