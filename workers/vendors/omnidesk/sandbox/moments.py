"""Moments as Omnidesk takes and writes them.

FIELD-NOTES: `YYYY-MM-DD[ HH:MM:SS]` in Moscow time, RFC 2822, or a unix timestamp come in; RFC 2822 goes out.
"""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

MOSCOW = timezone(timedelta(hours=3))
_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d")


def now() -> datetime:
    return datetime.now(MOSCOW).replace(microsecond=0)


def parse(value: str | int | float) -> datetime | None:
    """The moment, or None when it is none."""
    text = str(value).strip()
    try:
        if text.isdecimal():
            return datetime.fromtimestamp(int(text), UTC).astimezone(MOSCOW)
        for pattern in _FORMATS:
            try:
                return datetime.strptime(text, pattern).replace(tzinfo=MOSCOW)
            except ValueError:
                continue
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=MOSCOW)).astimezone(MOSCOW)
    except (ValueError, TypeError, OverflowError, OSError):
        return None
