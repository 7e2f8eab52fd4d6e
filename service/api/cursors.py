"""Opaque cursors: where the next part of a list begins. Callers give them back and do not read them."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from marshmallow import ValidationError, fields


def encode(position: str | int | None) -> str | None:
    """The cursor for a row's number."""
    return (
        None if position is None else base64.urlsafe_b64encode(f"at:{position}".encode()).decode().rstrip("=")
    )


def decode(cursor: str) -> int:
    """The row's number. Raises `ValueError`."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        text = ""
    match = re.fullmatch(r"at:(\d{1,18})", text, re.ASCII)
    if match is None:
        raise ValueError("not a cursor")
    return int(match[1])


class Cursor(fields.String):
    """A cursor in a query; gives the row's number."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return decode(super()._deserialize(value, attr, data, **kwargs))
        except ValueError:
            raise ValidationError(
                "Is not a cursor of this list: leave it out to begin at the newest."
            ) from None
