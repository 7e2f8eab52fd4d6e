"""When a shop opens again. Pure: the clock is passed in."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.config.model import Hours


def opens_again(hours: Hours | None, now: datetime) -> datetime | None:
    """When the shop opens next, in its own time zone; None while it is open, or when it tells no hours."""
    if hours is None:
        return None
    zone = ZoneInfo(hours.timezone)
    local = now.astimezone(zone)
    # What the clock on the shop's wall shows: a day on which it is moved opens at the same hour.
    minute = local.hour * 60 + local.minute
    for ahead in range(8):
        day = local.date() + timedelta(days=ahead)
        if day.weekday() not in hours.days:
            continue
        if ahead == 0 and hours.opens <= minute < hours.closes:
            return None
        if ahead > 0 or minute < hours.opens:
            return datetime.combine(day, time(hours.opens // 60, hours.opens % 60), zone)
    return None
