"""Omnidesk: statistics of the staff.

Every row of an answer stands under the same key of one object, so keys repeat and all are kept; the second
row of the groups even stands under `staff` (omnidesk-api, stats_lb_groups). Ratings come as 84, "84%" or "-"
(FIELD-NOTES, Omnidesk samples). Speeds are in seconds.
"""

from __future__ import annotations

from typing import Annotated, Required, TypedDict

from workers.vendors import received as got
from workers.vendors.fields import Moment
from workers.vendors.operation import Call


class Period(TypedDict, total=False):
    from_time: Required[Annotated[Moment, "01 Jan 2015 00:00:00 +0300"]]
    to_time: Required[Annotated[Moment, "05 Dec 2015 00:00:00 +0300"]]


class _Work(TypedDict, total=False):
    cases_with_first_reply: got.Whole
    first_reply_speed: got.Whole
    total_amount_of_replies: got.Whole
    closed_cases: got.Whole
    closing_speed: got.Whole
    average_rating: got.Percent


class StaffWork(_Work, total=False):
    staff_id: got.Id
    staff_name: got.Text


class WorkOfStaff(TypedDict, total=False):
    """A row of the newer leaderboard (FIELD-NOTES); times in minutes, shares as "0%"."""

    staff_id: got.Id
    staff_name: got.Text
    new_cases_in_total: got.Whole
    cases_with_a_response: got.Whole
    first_response_time: got.Whole
    response_time: got.Whole
    total_number_of_responses: got.Whole


class GroupWork(_Work, total=False):
    group_id: got.Id
    group_name: got.Text


STATS_STAFF_LEADERBOARD = Call(
    name="omnidesk.stats.staff_leaderboard",
    about="Who answered how much and how fast.",
    source="omnidesk-api, stats_lb_staff; FIELD-NOTES, Omnidesk samples",
    method="GET",
    path="/api/stats_lb_staff.json",
    query=Period,
    root="staff",
    answer=StaffWork,
    repeated_keys=True,
    repeatable=True,
)
STATS_GROUP_LEADERBOARD = Call(
    name="omnidesk.stats.group_leaderboard",
    about="Which group answered how much and how fast.",
    source="omnidesk-api, stats_lb_groups; FIELD-NOTES, Omnidesk samples",
    method="GET",
    path="/api/stats_lb_groups.json",
    query=Period,
    root="group",
    answer=GroupWork,
    repeated_keys=True,
    repeatable=True,
)
