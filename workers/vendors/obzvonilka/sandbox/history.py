"""Calls that were made from the dialer, and the report of them.

Source: FIELD-NOTES, "Obzvonilka" (M); the report is not in the vendor's document. Which time zone its days
are in is not public: Moscow's, where the vendor is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from workers.vendors.sandbox.wire import Json

PERIOD = ("begin_date", "end_date")
_MOSCOW = ZoneInfo("Europe/Moscow")


@dataclass
class CallHistory:
    """The calls, in the order in which they were made."""

    calls: list[Json] = field(default_factory=list)

    def add(self, contact: Json, user: Json, given: Mapping[str, str], now: datetime) -> Json:
        """An operator has called the contact; `given` has result, status, phone and remark."""
        made: Json = {
            "id": len(self.calls) + 1,
            "user_id": user["id"],
            "operator_name": user["name"],
            "contact_id": contact["id"],
            "contact_name": contact["name"],
            "contact_status_name": given["status"],
            "call_result_name": given["result"],
            "called_phone": given["phone"] or contact["phone1"],
            "remark": given["remark"],
            "created_at": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        self.calls.append(made)
        return made

    def between(self, query: Mapping[str, str]) -> list[Json]:
        """The calls of these days, both included. Raises `ValueError` naming what is wrong."""
        begin, end = (_day(query, name) for name in PERIOD)
        if begin > end:
            raise ValueError("end_date: must not be before begin_date")
        return [one for one in self.calls if begin <= _moscow_day(one["created_at"]) <= end]


def _day(query: Mapping[str, str], name: str) -> date:
    try:
        return datetime.strptime(query.get(name, ""), "%d.%m.%Y").replace(tzinfo=_MOSCOW).date()
    except ValueError:
        raise ValueError(f"{name}: must be a day such as 22.11.2026") from None


def _moscow_day(moment: str) -> date:
    return datetime.fromisoformat(moment).astimezone(_MOSCOW).date()
