"""Fields of perezvon.toml: marshmallow's, without its guessing (`"yes"` is no truth value, `true` no number).

TOML has types: a value of another one is a mistake that is named, not converted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields

UNKNOWN = "is not a key here"


class Base(Schema):
    """A table of the file: a key that it does not know is a mistake."""

    class Meta:
        unknown = "raise"

    error_messages = {"unknown": UNKNOWN, "type": "must be a table"}  # noqa: RUF012 - as marshmallow declares it


class Flag(fields.Boolean):
    """`true` or `false`."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("must be true or false, without quotes")
        return value


class Whole(fields.Integer):
    """A whole number."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("must be a whole number, without quotes")
        return value


class Number(fields.Float):
    """A number."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> float:
        # TOML knows inf and nan, and a wait of neither length can be kept.
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e12:
            raise ValidationError("must be a number, without quotes")
        return float(value)


class Located(str):
    """A message about one line of a text, counted from 1."""

    line: int

    def __new__(cls, text: str, line: int) -> Located:
        made = super().__new__(cls, text)
        made.line = line
        return made


class Words(fields.String):
    """A text; `check` raises `ValueError` with what is wrong with it, a message an argument."""

    def __init__(self, *, check: Callable[[str], object] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check = check

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError("must be a text in quotes")
        if self.check:
            try:
                self.check(value)
            except ValueError as error:
                raise ValidationError(list(error.args)) from None
        return value


class List(fields.List[Any]):
    """An array; each element that is wrong is named by its number."""

    default_error_messages = {"invalid": "must be a list in [ ]"}  # noqa: RUF012 - as marshmallow declares it


class Nested(fields.Nested):
    """A table with keys of ours."""


class Table(fields.Dict):
    """A table whose keys are the shop's own; messages stand under the key, whatever part of it is wrong."""

    default_error_messages = {"invalid": "must be a table"}  # noqa: RUF012 - as marshmallow declares it

    def __init__(self, keys: fields.Field[Any], values: fields.Field[Any], **kwargs: Any) -> None:
        super().__init__(keys=keys, values=values, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return super()._deserialize(value, *args, **kwargs)  # type: ignore[no-untyped-call]
        except ValidationError as error:
            if not isinstance(error.messages, Mapping):
                raise
            raise ValidationError({name: _merged(found) for name, found in error.messages.items()}) from None


class Id(fields.Integer):
    """A key that is a vendor's number: TOML's keys are texts."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        if not isinstance(value, str) or not value.isascii() or not value.isdecimal() or int(value) < 1:
            raise ValidationError("must be a number above 0: the id that the vendor gave")
        return int(value)


def _merged(found: Mapping[str, Any]) -> Any:
    """Of `{"key": […], "value": …}` one list, or the tree of the value."""
    key, value = list(found.get("key", ())), found.get("value", [])
    if isinstance(value, Mapping):
        return {**value, "_schema": key} if key else value
    return key + list(value)
