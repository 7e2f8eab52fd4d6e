"""Omnidesk: operations that are newer than the document (FIELD-NOTES, newer operations), seen in use.

None was tried against a live account. They are marked, so that nobody takes them for documented.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Required, TypedDict

from workers.vendors import received as got
from workers.vendors.checks import CodeField
from workers.vendors.fields import CaseIds, Email, Id, Moment, Text
from workers.vendors.omnidesk.common import Case, Message, OneCase, OneMessage
from workers.vendors.omnidesk.stats import WorkOfStaff
from workers.vendors.omnidesk.users import NewUser, OneUser, User
from workers.vendors.operation import Call

SOURCE = "FIELD-NOTES, newer operations"

Rating = Annotated[int | str, partial(CodeField, r"[\w.-]{1,40}", "a rating, such as high or 5")]


class CaseRating(TypedDict, total=False):
    rating: Required[Rating]
    rating_comment: Text
    rated_staff_id: Annotated[Id, "the staff member who is rated"]


class MessageRating(TypedDict, total=False):
    rating: Required[Rating]
    rating_comment: Text


class ManyCases(TypedDict):
    case_ids: CaseIds


class OtherUser(TypedDict, total=False):
    """Who is linked: one of the three."""

    user_email: Email
    user_phone: Text
    user_id: Id


class Change(TypedDict, total=False):
    """One entry of a case's history; `done_by` reads `rule_1332`, `staff_330` or the like."""

    event: got.Text
    event_id: got.Id
    done_by: got.Text
    created_at: got.Moment
    value: got.Text
    old_value: got.Text


class StaffRole(TypedDict, total=False):
    role_id: got.Id
    role: got.Text


class StaffStatus(TypedDict, total=False):
    status_id: got.Id
    status: got.Text


class StatsPeriod(TypedDict, total=False):
    """A named period, or two times."""

    period: Annotated[Text, "such as last_24_hours"]
    from_time: Moment
    to_time: Moment


class GivenRating(TypedDict, total=False):
    rating_id: got.Id
    rating: got.Text
    rating_comment: got.Text
    rated_staff_id: got.Id
    case_id: got.Id
    case_number: got.Text
    user_id: got.Id
    staff_id: got.Id
    group_id: got.Id
    created_at: got.Moment
    updated_at: got.Moment


CASES_RATE = Call(
    name="omnidesk.cases.rate",
    about="Rate a case.",
    source=SOURCE,
    newer=True,
    method="PUT",
    path="/api/cases/{case_id}/rate.json",
    path_values=OneCase,
    body=CaseRating,
    root="rate",
    answer=Case,
    answer_root="case",
    repeatable=True,
)
MESSAGES_RATE = Call(
    name="omnidesk.messages.rate",
    about="Rate a message of the staff.",
    source=SOURCE,
    newer=True,
    method="PUT",
    path="/api/cases/{case_id}/rate/{message_id}.json",
    path_values=OneMessage,
    body=MessageRating,
    root="rate",
    answer=Message,
    answer_root="message",
    repeatable=True,
)
CASES_CHANGELOG = Call(
    name="omnidesk.cases.changelog",
    about="The history of a case: what was changed, and by whom.",
    source=SOURCE,
    newer=True,
    method="GET",
    path="/api/cases/{case_id}/changelog.json",
    path_values=OneCase,
    answer=Change,
    answer_root="changelog",
    repeatable=True,
)
CASES_DELETE_MANY = Call(
    name="omnidesk.cases.delete_many",
    about="Delete several cases for good; staff with full access only.",
    source=SOURCE,
    newer=True,
    method="DELETE",
    path="/api/cases/{case_ids}.json",
    path_values=ManyCases,
    repeatable=True,
)
USERS_LINK = Call(
    name="omnidesk.users.link",
    about="Link a customer to another one, who is the same person.",
    source=SOURCE,
    newer=True,
    method="PUT",
    path="/api/users/{user_id}/link.json",
    path_values=OneUser,
    body=OtherUser,
    one_of=(("user_email", "user_phone", "user_id"),),
    answer=User,
    answer_root="user",
    repeatable=True,
)
USERS_UNLINK = Call(
    name="omnidesk.users.unlink",
    about="Take the link between two customers away.",
    source=SOURCE,
    newer=True,
    method="PUT",
    path="/api/users/{user_id}/unlink.json",
    path_values=OneUser,
    body=OtherUser,
    one_of=(("user_email", "user_phone", "user_id"),),
    answer=User,
    answer_root="user",
    repeatable=True,
)
USERS_IDENTIFY = Call(
    name="omnidesk.users.identify",
    about="A code that tells a chat on a site who the customer is.",
    source=SOURCE,
    newer=True,
    method="POST",
    path="/api/users/identification.json",
    body=NewUser,
    one_of=(("user_email", "user_phone", "user_whatsapp_phone", "user_telegram_data", "user_custom_id"),),
    root="user",
    repeatable=True,
)
STAFF_ROLES_LIST = Call(
    name="omnidesk.staff_roles.list",
    about="Roles of the staff.",
    source=SOURCE,
    newer=True,
    method="GET",
    path="/api/staff_roles.json",
    root="staff_roles",
    answer=StaffRole,
    repeatable=True,
)
STAFF_STATUSES_LIST = Call(
    name="omnidesk.staff_statuses.list",
    about="Statuses that the staff can have.",
    source=SOURCE,
    newer=True,
    method="GET",
    path="/api/staff_statuses.json",
    root="staff_statuses",
    answer=StaffStatus,
    repeatable=True,
)
STATS_LEADERBOARD = Call(
    name="omnidesk.stats.leaderboard",
    about="Who answered how much and how fast, in more detail.",
    source=SOURCE,
    newer=True,
    method="GET",
    path="/api/stats_leaderboard.json",
    query=StatsPeriod,
    root="staff",
    answer=WorkOfStaff,
    repeated_keys=True,
    repeatable=True,
)
STATS_SATISFACTION = Call(
    name="omnidesk.stats.satisfaction",
    about="The ratings that customers gave.",
    source=SOURCE,
    newer=True,
    method="GET",
    path="/api/stats_satisfaction.json",
    query=StatsPeriod,
    answer=GivenRating,
    repeatable=True,
)
MACROS_LIST = Call(
    name="omnidesk.macros.list",
    about="Macros of everybody and of the staff member that the API key belongs to.",
    source=SOURCE,
    newer=True,
    method="GET",
    path="/api/macros.json",
    repeatable=True,
)

__all__ = [
    "CASES_CHANGELOG",
    "CASES_DELETE_MANY",
    "CASES_RATE",
    "MACROS_LIST",
    "MESSAGES_RATE",
    "STAFF_ROLES_LIST",
    "STAFF_STATUSES_LIST",
    "STATS_LEADERBOARD",
    "STATS_SATISFACTION",
    "USERS_IDENTIFY",
    "USERS_LINK",
    "USERS_UNLINK",
]
