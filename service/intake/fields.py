"""Marshmallow fields for what senders really send: numbers as texts, empty texts for nothing."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import ValidationError, fields, missing


class Id(fields.Field[str]):
    """A positive whole number, as text or number; gives text. Nothing, and 0, mean that there is none."""

    def __init__(self, *, required: bool = False, none_as: str | None = None) -> None:
        super().__init__(
            required=required,
            allow_none=True,
            load_default=missing if required else none_as,
            error_messages={"required": "Missing: a number such as 57."},
        )
        self._none_as = none_as

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if value in (None, "", "0", 0) and value is not False:
            if self.required:
                raise ValidationError("Must be a number above 0.")
            return self._none_as
        return super().deserialize(value, *args, **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        text = str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
        # 18 digits fit a database's integer; more is no id of any of the vendors.
        if not re.fullmatch(r"[0-9]{1,18}", text):
            raise ValidationError("Must be a number such as 57.")
        return str(int(text))


class Text(fields.Field[str]):
    """A text; a number counts as one, nothing is an empty one."""

    def __init__(self) -> None:
        super().__init__(load_default="", allow_none=True)

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return "" if value is None else super().deserialize(value, *args, **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise ValidationError("Must be a text.")
        return str(value).strip()


class Flag(fields.Field[bool]):
    """PHP's idea of a truth value: "", 0, "0", false and "false" are false (FIELD-NOTES)."""

    def __init__(self) -> None:
        super().__init__(load_default=False, allow_none=True)

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return False if value is None else super().deserialize(value, *args, **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if isinstance(value, str):
            return value.strip().lower() not in {"", "0", "false", "no", "off"}
        if isinstance(value, (bool, int)):
            return bool(value)
        raise ValidationError("Must be true or false.")


def as_list(value: Any) -> list[Any]:
    """PHP's lists arrive as lists, as objects with gaps in their numbers, or as "" when they are empty."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return list(value.values())
    return []
