"""Obzvonilka's report of calls: not in the vendor's document, seen in use (FIELD-NOTES, Obzvonilka, M).

Apart from `operations`, which lists what is documented.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, TypeAlias, TypedDict

from workers.vendors import received as got
from workers.vendors.checks import PatternField
from workers.vendors.operation import Call

Day: TypeAlias = Annotated[str, partial(PatternField, r"\d\d\.\d\d\.\d{4}", "a day such as 22.11.2026")]


class Period(TypedDict):
    """Both days included."""

    begin_date: Day
    end_date: Day


class CallMade(TypedDict, total=False):
    id: got.Id
    user_id: got.Id
    operator_name: got.Text
    contact_id: got.Id
    contact_name: got.Text
    contact_status_name: got.Text
    call_result_name: got.Text
    called_phone: got.Text
    remark: got.Text
    created_at: got.Moment


CALL_HISTORY = Call(
    name="obzvonilka.report.call_history",
    about="Calls that were made, with their results.",
    source="FIELD-NOTES, Obzvonilka",
    method="GET",
    path="/api/report/call_history",
    query=Period,
    answer=CallMade,
    repeatable=True,
)
