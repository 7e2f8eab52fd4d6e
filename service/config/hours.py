"""Working hours as people write them: `Mon-Fri 09:00-18:00`."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from service.config.model import Hours
from service.config.words import nearest

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
PATTERN = r"^\S+(, *\S+)* +\d{1,2}:\d{2} *- *\d{1,2}:\d{2}$"

_FORM = 'must read like "Mon-Fri 09:00-18:00" or "Mon,Wed,Fri 10:00-16:00"'


def parse(text: str, timezone: str = Hours.timezone) -> Hours:
    """The hours in `text`. Raises `ValueError` with what is wrong."""
    match = re.fullmatch(r"(.+?)\s+(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})", text.strip())
    if not match:
        raise ValueError(_FORM)
    opens = _minutes(match[2], match[3])
    closes = _minutes(match[4], match[5])
    if opens >= closes:
        raise ValueError("must open before it closes on the same day, 24:00 at the latest")
    return Hours(_days(match[1]), opens, closes, timezone)


def write(hours: Hours) -> str:
    """`hours` as `parse` reads them."""
    days = ",".join(DAYS[day] for day in hours.days)
    if len(hours.days) > 2 and list(hours.days) == list(range(hours.days[0], hours.days[-1] + 1)):
        days = f"{DAYS[hours.days[0]]}-{DAYS[hours.days[-1]]}"
    return f"{days} {_clock(hours.opens)}-{_clock(hours.closes)}"


def check_timezone(name: str) -> None:
    """Raise `ValueError` unless it is a time zone's name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zones = available_timezones()
        if not zones:
            raise ValueError("cannot be checked: this machine has no time zones; install tzdata") from None
        near = nearest(name, zones)
        raise ValueError(f"is not a time zone{near or ', such as Europe/Moscow'}") from None


def _days(text: str) -> tuple[int, ...]:
    found: set[int] = set()
    for part in re.split(r"\s*,\s*", text):
        first, dash, last = part.partition("-")
        start = _day(first)
        end = _day(last) if dash else start
        # Sat-Mon goes over the end of the week.
        found.update((start + step) % 7 for step in range((end - start) % 7 + 1))
    return tuple(sorted(found))


def _day(text: str) -> int:
    names = [day.lower() for day in DAYS]
    name = text.strip().lower()[:3]
    if name not in names or not text.strip().isalpha():
        raise ValueError(f"has {text.strip()!r} where a day belongs: {', '.join(DAYS)}")
    return names.index(name)


def _minutes(hours: str, minutes: str) -> int:
    total = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or total > 24 * 60:
        raise ValueError(f"has {hours}:{minutes}, which is no time of day; 24:00 is the last one")
    return total


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
