"""Marshmallow fields for what senders really send: numbers as texts, empty texts for nothing.

Only what is required refuses a delivery. Any other field that cannot be read is taken as empty, and its name
is kept for the event to tell: a customer is never lost for a detail.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, missing

# 18 digits fit a database's integer; more is no id of any of the vendors. `12.0` is how some write a number.
_WHOLE = re.compile(r"\+?([0-9]{1,18})(?:\.0{1,10})?")
# 2001-09-09 to 2286: a time in seconds has ten digits; one in milliseconds has thirteen.
_SECONDS = range(1_000_000_000, 10_000_000_000)
# Above this a float's digits are not the number's own any more.
_EXACT = 1e15


class Tolerant(Schema):
    """A schema whose fields that are not required never refuse anything (see `read`)."""

    class Meta:
        unknown = EXCLUDE

    def read(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """The data, and the names of the fields that could not be read and are taken as empty.

        Raises `ValidationError` with the names of the required fields that are missing or cannot be read.
        """
        data: dict[str, Any] = {}
        unreadable: list[str] = []
        refused: dict[str, Any] = {}
        for name, field in self.fields.items():
            try:
                data[name] = field.deserialize(given.get(name, missing), name, given)
            except ValidationError as error:
                if field.required:
                    refused[name] = error.messages
                else:
                    unreadable.append(name)
                    # A list keeps what could be read of it.
                    data[name] = error.valid_data or field.deserialize(missing)
        if refused:
            raise ValidationError(refused)
        return data, unreadable


def left_out(names: Sequence[str]) -> str:
    """What the event says of fields that could not be read."""
    return f"Could not be read and was taken as empty: {', '.join(names)}."


def plain_text(value: Any) -> str | None:
    """A text, or a number as one; None for what is neither."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        if value.is_integer() and abs(value) < _EXACT:
            value = int(value)
    return str(value).strip()


def whole(value: Any) -> str | None:
    """The digits of a whole number, without leading zeros; None for anything else."""
    match = _WHOLE.fullmatch(plain_text(value) or "")
    return str(int(match[1])) if match else None


def seconds(value: Any) -> int | None:
    """A unix time in seconds, also from milliseconds; None for anything else."""
    number = int(whole(value) or 0)
    return next((one for one in (number, number // 1000) if one in _SECONDS), None)


class Id(fields.Field[str]):
    """A positive whole number, as text or number; gives text. Nothing, and 0, mean that there is none.

    With `zero` 0 is a number like any other.
    """

    def __init__(self, *, required: bool = False, zero: bool = False) -> None:
        super().__init__(
            required=required,
            allow_none=True,
            load_default=missing if required else None,
            error_messages={"required": "Missing: a number such as 57."},
        )
        self._zero = zero

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        empty = value is None or (isinstance(value, str) and not value.strip())
        if not empty and value is not missing and not self._zero:
            empty = whole(value) == "0"
        if not empty:
            return super().deserialize(value, *args, **kwargs)
        if self.required:
            raise ValidationError("Must be a number above 0.")
        return None

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        number = whole(value)
        if number is None:
            raise ValidationError("Must be a number such as 57.")
        return number


class Text(fields.Field[str]):
    """A text; a number counts as one, nothing is an empty one."""

    def __init__(self) -> None:
        super().__init__(load_default="", allow_none=True)

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return "" if value is None else super().deserialize(value, *args, **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        text = plain_text(value)
        if text is None:
            raise ValidationError("Must be a text.")
        return text


class Moment(fields.Field[int | None]):
    """A unix time in seconds, also from milliseconds; nothing, and 0, mean that there is none."""

    def __init__(self) -> None:
        super().__init__(load_default=None, allow_none=True)

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return None if plain_text(value) in {"", "0"} else super().deserialize(value, *args, **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        found = seconds(value)
        if found is None:
            raise ValidationError("Must be a unix time.")
        return found


class Flag(fields.Field[bool]):
    """PHP's idea of a truth value: "", 0, "0", false, "false" and [] are false (FIELD-NOTES)."""

    def __init__(self) -> None:
        super().__init__(load_default=False, allow_none=True)

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return False if value is None else super().deserialize(value, *args, **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if isinstance(value, str):
            return value.strip().lower() not in {"", "0", "false", "no", "off"}
        return bool(value)


def listed(value: Any) -> list[Any]:
    """The items of a list in any of the writings that PHP has for one. Raises `ValidationError`."""
    if isinstance(value, str) and not value.strip():
        return []
    if not isinstance(value, (list, dict)):
        raise ValidationError("Must be a list.")
    return as_list(value)


def as_list(value: Any) -> list[Any]:
    """PHP's lists arrive as lists, as objects with gaps in their numbers, or as "" when they are empty."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return list(value.values())
    return []
