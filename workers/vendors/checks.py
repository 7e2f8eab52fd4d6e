"""Checks of single values that we send: passed on as they were given, or refused.

Each class is a marshmallow field that says in `expects` what it takes; a value that is something else is
refused with "must be <expects>" and never repeated in the text, which may be shown and logged.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime, parsedate_tz
from typing import Any

from marshmallow import ValidationError, fields, validate

NULL = "must not be null; leave it out"
MISSING = "is missing"


def _whole_characters(value: Any) -> bool:
    """Can the texts in it be sent? Half of a surrogate pair has no UTF-8."""
    if isinstance(value, str):
        return not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, Mapping):
        return all(map(_whole_characters, value.values()))
    return not isinstance(value, list | tuple) or all(map(_whole_characters, value))


class Given(fields.Field[Any]):
    """A value that we send. `expects` is the end of the sentence "it must be …"."""

    expects: str = "a value"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(error_messages={"null": NULL, "required": MISSING}, **kwargs)

    def wrong(self) -> ValidationError:
        return ValidationError(f"must be {self.expects}")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        del attr, data, kwargs
        if not _whole_characters(value):
            raise ValidationError("holds half a character")
        return self.read(value)

    def read(self, value: Any) -> Any:
        """The value in the form that goes over the wire. Raises `ValidationError`."""
        raise NotImplementedError


class TextField(Given):
    """A string. A required one must hold something."""

    expects = "a text"

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise self.wrong()
        if self.required and not value.strip():
            raise ValidationError("must not be empty")
        return value


class PatternField(TextField):
    """A string of one shape."""

    def __init__(self, pattern: str, expects: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pattern, self.expects = re.compile(pattern), expects

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or not self.pattern.fullmatch(value):
            raise self.wrong()
        return value


class ChoiceField(Given):
    """One of the words that the document lists."""

    def __init__(self, *choices: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.choices = choices
        self.expects = f"one of {', '.join(choices)}" if len(choices) > 1 else choices[0]

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or value not in self.choices:
            raise self.wrong()
        return value


class WholeField(Given):
    """A whole number between two bounds, both included; also as a string of digits, as the samples do."""

    def __init__(self, least: int = 0, most: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least, self.most = least, most
        if most is not None:
            self.expects = f"a whole number from {least} to {most}"
        else:
            self.expects = "a whole number" if least <= 0 else f"a whole number from {least}"

    def read(self, value: Any) -> int | str:
        # bool is an int to Python and not to the vendors.
        digits = isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value)
        if isinstance(value, bool) or not (isinstance(value, int) or digits):
            raise self.wrong()
        number = int(value)
        if number < self.least or (self.most is not None and number > self.most):
            raise self.wrong()
        given: int | str = value
        return given


class AmountField(Given):
    """A number with or without a fraction, also as a string."""

    expects = "a number"

    def read(self, value: Any) -> Any:
        text = isinstance(value, str) and re.fullmatch(r"-?[0-9]+([.,][0-9]+)?", value)
        plain = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not (text or plain):
            raise self.wrong()
        return value


class FlagField(Given):
    """true or false in a JSON body."""

    expects = "true or false"

    def read(self, value: Any) -> Any:
        if not isinstance(value, bool):
            raise self.wrong()
        return value


class QueryFlagField(FlagField):
    """true or false in an address, where the word is the value."""

    def read(self, value: Any) -> Any:
        if value in ("true", "false"):
            return value
        return super().read(value)


class MomentField(Given):
    """A point in time as Omnidesk reads it (FIELD-NOTES, dates in).

    Moscow time as `YYYY-MM-DD[ HH:MM[:SS]]`, RFC 2822, or seconds since 1970. A `datetime` is sent as
    RFC 2822, which carries its offset; one without a zone is refused, since it could mean two moments.
    """

    expects = "YYYY-MM-DD[ HH:MM:SS] (Moscow time), an RFC 2822 date, or seconds since 1970"

    def read(self, value: Any) -> int | str:
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise ValidationError("must be a time with a zone")
            return format_datetime(value)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        if isinstance(value, str) and self._means_a_moment(value.strip()):
            return value
        raise self.wrong()

    @staticmethod
    def _means_a_moment(text: str) -> bool:
        if re.fullmatch(r"[0-9]{1,12}", text):
            return True
        for form in ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%d %b %Y"):
            try:
                datetime.strptime(text, form)  # noqa: DTZ007 - only whether it can be read; the text is sent
            except ValueError:
                continue
            return True
        # RFC 2822 begins with a weekday or the day of the month and names the month by letters.
        return bool(re.match(r"([A-Za-z]{3},\s*)?\d{1,2}\s+[A-Za-z]{3,}\s+\d{4}", text)) and (
            parsedate_tz(text) is not None
        )


class CodeField(Given):
    """A word or a number: anything that is not blank, or of one shape."""

    def __init__(self, pattern: str = r"(?s).*\S.*", expects: str = "a text", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pattern, self.expects = re.compile(pattern), expects

    def read(self, value: Any) -> str | int:
        number = isinstance(value, int) and not isinstance(value, bool)
        if not (number or isinstance(value, str)) or not self.pattern.fullmatch(str(value)):
            raise self.wrong()
        given: str | int = value
        return given


def at_least(characters: int) -> validate.Length:
    """Searches that the vendor refuses when they are shorter."""
    return validate.Length(min=characters, error=f"must have at least {characters} characters")
