"""What several of Omnidesk's tables share."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal, TypeAlias, TypedDict

from workers.vendors import received as got
from workers.vendors.checks import CodeField, WholeField
from workers.vendors.fields import CaseId, CaseIds, Id

CaseStatus: TypeAlias = Literal["open", "waiting", "closed"]
Priority: TypeAlias = Literal["low", "normal", "high", "critical"]
Language: TypeAlias = Annotated[
    int | str,
    partial(CodeField, r"[0-9]{1,9}|all", "a language's id, or all"),
    "the language to answer in; without it the main one",
]

# Pages end at 500 of 100 (FIELD-NOTES, lists).
LAST_PAGE = 500
PAGE_SIZE = 100


class Paged(TypedDict, total=False):
    """A list that comes in pages; without them the vendor chooses which hundred it shows."""

    page: Annotated[int, partial(WholeField, 1, LAST_PAGE)]
    limit: Annotated[int, partial(WholeField, 1, PAGE_SIZE), "records a page"]


class OneCase(TypedDict):
    """A case, by its id or its number (FIELD-NOTES, newer than the document)."""

    case_id: CaseId


class SomeCases(TypedDict):
    """One case or several, by ids joined with commas."""

    case_ids: CaseIds


class OneMessage(TypedDict):
    case_id: CaseId
    message_id: Id


class Idea(TypedDict, total=False):
    """What a case of the channel `idea` holds besides."""

    content: got.Text
    stage: got.Text
    category: got.Id
    official_response: got.Text
    official_response_tstamp: got.Moment


class Case(TypedDict, total=False):
    """A case. `closing_speed` is in minutes, None while it is open."""

    case_id: got.Id
    case_number: got.Text
    subject: got.Text
    user_id: got.Id
    staff_id: got.Id
    group_id: got.Id
    status: got.Text
    priority: got.Text
    channel: got.Text
    recipient: got.Text
    cc_emails: got.Text
    bcc_emails: got.Text
    deleted: got.Flag
    spam: got.Flag
    created_at: got.Moment
    updated_at: got.Moment
    language_id: got.Id
    custom_fields: got.Object
    labels: got.List
    closing_speed: got.Whole
    # Newer than the document (FIELD-NOTES, new fields).
    closed_at: got.Moment
    last_response_at: got.Moment
    locked_labels: got.List
    rating: got.Text
    rating_comment: got.Text
    rated_staff_id: got.Id
    attachments: got.List
    idea: Idea


class Message(TypedDict, total=False):
    """A message or a note in a case; `user_id` is 0 in those of the staff, `staff_id` in the customer's."""

    message_id: got.Id
    user_id: got.Id
    staff_id: got.Id
    content: got.Text
    content_html: got.Text
    attachments: got.List
    note: got.Flag
    sent_via_rule: got.Flag
    created_at: got.Moment
    # Newer than the document (FIELD-NOTES, new fields).
    sent_at: got.Moment
    rating: got.Text
    rating_comment: got.Text
