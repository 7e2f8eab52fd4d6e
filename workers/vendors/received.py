"""What the vendors' values mean once they are here.

Nothing that comes back is refused: a value that cannot be read as what the document promises stays as it
came, and fields that no document names are kept. The names at the end are what the tables of operations
describe records with.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, TypeAlias

from marshmallow import fields

# Omnidesk's times without an offset are Moscow's (FIELD-NOTES, dates in).
MOSCOW = timezone(timedelta(hours=3), "MSK")


class Received(fields.Field[Any]):
    """A value of a vendor: read where it can be, kept where it cannot."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_none=True, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        del attr, data, kwargs
        return self.read(value)

    def read(self, value: Any) -> Any:
        return value


def moment(value: Any) -> datetime | None:
    """A point in time, in UTC where the vendor gave an offset; None for `"-"`, `""`, 0 and what is no date.

    Weekdays are not looked at: those of Omnidesk are wrong now and then (FIELD-NOTES, dates out).
    """
    if isinstance(value, bool) or value is None:
        return None
    text = str(value).strip()
    if re.fullmatch(r"\d{1,12}", text):
        return datetime.fromtimestamp(int(text), UTC) if int(text) else None
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=MOSCOW)
        except ValueError:
            continue
    try:
        found = datetime.fromisoformat(text) if re.match(r"\d{4}-", text) else parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=MOSCOW)


def percent(value: Any) -> float | None:
    """`84`, `"84%"`, `"84.5 %"`; None for `"-"` and what is no number (FIELD-NOTES, Omnidesk samples)."""
    found = re.fullmatch(r"(-?\d+(?:[.,]\d+)?)\s*%?", "" if isinstance(value, bool) else str(value).strip())
    return float(found[1].replace(",", ".")) if found else None


def whole(value: Any) -> int | None:
    """A whole number, also from its digits; None for `"-"`, `""` and what is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return int(value) if re.fullmatch(r"-?\d{1,18}", str(value).strip()) else None


def flag(value: Any) -> bool:
    """`""`, `0`, `"0"`, `false`, `"false"`, `"no"` and null are no; everything else is yes (FIELD-NOTES)."""
    return str(value).strip().lower() not in {"", "0", "0.0", "false", "no", "off", "none", "null"}


class IdValue(Received):
    """An id: a number also when it came as digits; a word stays a word (Omnidesk's filter_id)."""

    def read(self, value: Any) -> Any:
        number = whole(value)
        return value if number is None else number


class FlagValue(Received):
    def read(self, value: Any) -> bool:
        return flag(value)


class MomentValue(Received):
    def read(self, value: Any) -> datetime | None:
        return moment(value)


class WholeValue(Received):
    def read(self, value: Any) -> int | None:
        return whole(value)


class PercentValue(Received):
    def read(self, value: Any) -> float | None:
        return percent(value)


class ListValue(Received):
    """A list; PHP turns one with gaps into an object, and an empty one into a text."""

    def read(self, value: Any) -> list[Any]:
        if isinstance(value, dict):
            return list(value.values())
        return value if isinstance(value, list) else []


class ObjectValue(Received):
    """An object; PHP turns an empty one into a list."""

    def read(self, value: Any) -> dict[str, Any]:
        return value if isinstance(value, dict) else {}


Id: TypeAlias = Annotated[int | str, IdValue]
Text: TypeAlias = Annotated[str, Received]
Flag: TypeAlias = Annotated[bool, FlagValue]
Moment: TypeAlias = Annotated[datetime | None, MomentValue]
Whole: TypeAlias = Annotated[int | None, WholeValue]
Percent: TypeAlias = Annotated[float | None, PercentValue]
Translated: TypeAlias = Annotated[str | dict[str, str], Received]
List: TypeAlias = Annotated[list[Any], ListValue]
Object: TypeAlias = Annotated[dict[str, Any], ObjectValue]
