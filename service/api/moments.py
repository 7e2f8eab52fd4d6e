"""Times as people and programs write them, to and from the ledger's milliseconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields

# From 1970 to the end of 9999: what `datetime` can show.
LATEST = 253_402_300_799_999


def iso(ms: int) -> str:
    """ISO 8601 in UTC with milliseconds."""
    seconds, rest = divmod(ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03}Z"


def read(text: str) -> int:
    """ISO 8601 (UTC where it names no zone) or Unix seconds, as milliseconds. Raises `ValueError`."""
    text = text.strip()
    if re.fullmatch(r"\d{1,12}(\.\d{1,9})?", text):
        ms = int(float(text) * 1000)
    else:
        # An unescaped + of a query arrives as a space.
        moment = datetime.fromisoformat(re.sub(r"(T[\d:.]+) (\d\d:?\d\d)$", r"\1+\2", text))
        ms = int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)
    if not 0 <= ms <= LATEST:
        raise ValueError("out of range")
    return ms


class Moment(fields.String):
    """A time of the ledger, in an answer."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"format": "date-time"} | kwargs.pop("metadata", {}), **kwargs)

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str | None:
        return None if value is None else iso(value)


class GivenMoment(fields.String):
    """A time in a query, in any writing that `read` knows."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return read(super()._deserialize(value, attr, data, **kwargs))
        except (ValueError, OverflowError):
            raise ValidationError(
                "Must be a time: ISO 8601 (2026-11-22T10:00:00Z) or Unix seconds."
            ) from None
