"""Omnidesk: cases."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal, Required, TypeAlias, TypedDict

from marshmallow import validate

from workers.vendors.checks import PatternField, WholeField, at_least
from workers.vendors.fields import Channel, Code, CustomFields, Email, Id, Moment, QueryFlag, Text
from workers.vendors.omnidesk.common import Case, CaseStatus, OneCase, Paged, Priority, SomeCases
from workers.vendors.operation import Call

Copies: TypeAlias = Annotated[
    list[Email], validate.Length(max=30, error="must not have more than 30 addresses")
]
Search: TypeAlias = Annotated[Text, at_least(4)]
# The document's list, and web, which its samples answer with.
AnyChannel: TypeAlias = Annotated[
    str,
    partial(
        PatternField,
        r"email|chat|twitter|facebook|idea|web|cch[0-9]+",
        "one of email, chat, twitter, facebook, idea, web, or a custom channel's id such as cch101",
    ),
]
Order: TypeAlias = Literal[
    "updated_at_desc",
    "updated_at_asc",
    "created_at_desc",
    "created_at_asc",
    "response_asc",
    "response_desc",
    "priority_desc",
    "priority_asc",
    "status_asc",
    "status_desc",
]


class NewCase(TypedDict, total=False):
    user_email: Email
    user_phone: Text
    user_whatsapp_phone: Text
    user_telegram_data: Annotated[Text, "user name or phone in Telegram"]
    user_custom_id: Annotated[Text, "our own id of the customer; for a custom channel only"]
    user_full_name: Text
    user_company_name: Text
    initiator_id: Annotated[Id, "the staff member who opens it; without it the customer does"]
    staff_id: Annotated[Id, "the staff member in charge"]
    cc_emails: Copies
    bcc_emails: Copies
    subject: Required[Text]
    content: Text
    content_html: Annotated[Text, "goes before content"]
    created_at: Annotated[Moment, "given, the rules for new cases do not run"]
    group_id: Id
    status: CaseStatus
    priority: Priority
    language_id: Id
    custom_fields: CustomFields
    labels: Annotated[list[Id], "ids of labels"]
    channel: Channel
    case_email_id: Annotated[
        int | str, partial(WholeField, -1), "the address that the customer is written from; -1 for none"
    ]
    # Newer than the document (FIELD-NOTES).
    attachment_urls: Annotated[list[Text], "addresses that the vendor fetches files from"]


class CaseQuery(Paged, total=False):
    user_id: Id | list[Id]
    user_email: Search | list[Search]
    user_phone: Search | list[Search]
    subject: Search
    staff_id: Annotated[Id | list[Id], "0 for cases that nobody is in charge of"]
    group_id: Id | list[Id]
    channel: AnyChannel | list[AnyChannel]
    priority: Priority | list[Priority]
    filter: Annotated[Code, "a filter's id, a word or a number (FIELD-NOTES, filters)"]
    status: CaseStatus | list[CaseStatus]
    custom_fields: Annotated[CustomFields, "of the case or the customer"]
    labels: Annotated[list[Id], "ids of labels"]
    show_merged_cases: QueryFlag
    show_active_chats: QueryFlag
    sort: Order
    from_time: Annotated[Moment, "opened from then on"]
    to_time: Annotated[Moment, "opened until then"]
    from_updated_time: Moment
    to_updated_time: Moment
    # Newer than the document (FIELD-NOTES); a vendor that does not know it shows all cases.
    user_custom_id: Annotated[Text | list[Text], "our own id of the customer, one or several"]


class CaseChanges(TypedDict, total=False):
    add_cc_emails: Copies
    add_bcc_emails: Copies
    remove_cc_emails: list[Email]
    remove_bcc_emails: list[Email]
    subject: Text
    group_id: Annotated[Id, "an active group"]
    staff_id: Annotated[Id, "an active staff member"]
    status: CaseStatus
    priority: Priority
    language_id: Id
    custom_fields: CustomFields
    add_labels: Annotated[list[Id], "ids of labels"]
    delete_labels: Annotated[list[Id], "ids of labels"]


CASES_CREATE = Call(
    name="omnidesk.cases.create",
    about="Open a case, with files if need be.",
    source="omnidesk-api, cases; limits of files: FIELD-NOTES",
    method="POST",
    path="/api/cases.json",
    body=NewCase,
    one_of=(
        ("user_email", "user_phone", "user_whatsapp_phone", "user_telegram_data", "user_custom_id"),
        ("content", "content_html"),
    ),
    files=("attachments",),
    root="case",
    form="case",
    answer=Case,
    repeatable=False,
    lookup="cases.list by the reference in the subject",
)
CASES_LIST = Call(
    name="omnidesk.cases.list",
    about="Find cases; the first hundred unless a page is named.",
    source="omnidesk-api, cases; FIELD-NOTES, the API",
    method="GET",
    path="/api/cases.json",
    query=CaseQuery,
    root="case",
    answer=Case,
    paged="omnidesk",
    repeatable=True,
)
CASES_GET = Call(
    name="omnidesk.cases.get",
    about="One case.",
    source="omnidesk-api, cases",
    method="GET",
    path="/api/cases/{case_id}.json",
    path_values=OneCase,
    root="case",
    answer=Case,
    repeatable=True,
)
CASES_UPDATE = Call(
    name="omnidesk.cases.update",
    about="Change a case, or several, which answers the ids it was done for.",
    source="omnidesk-api, cases; FIELD-NOTES, bulk edit",
    method="PUT",
    path="/api/cases/{case_ids}.json",
    path_values=SomeCases,
    body=CaseChanges,
    root="case",
    answer=Case,
    repeatable=True,
)
CASES_TRASH = Call(
    name="omnidesk.cases.trash",
    about="Move cases to the bin.",
    source="omnidesk-api, cases",
    method="PUT",
    path="/api/cases/{case_ids}/trash.json",
    path_values=SomeCases,
    root="case",
    answer=Case,
    repeatable=True,
)
# The document's bulk address lacks the last part of this and the next one: so it would be a plain edit.
CASES_SPAM = Call(
    name="omnidesk.cases.spam",
    about="Mark cases as spam.",
    source="omnidesk-api, cases; FIELD-NOTES, bulk spam/restore",
    method="PUT",
    path="/api/cases/{case_ids}/spam.json",
    path_values=SomeCases,
    root="case",
    answer=Case,
    repeatable=True,
)
CASES_RESTORE = Call(
    name="omnidesk.cases.restore",
    about="Take cases out of the bin or the spam.",
    source="omnidesk-api, cases; FIELD-NOTES, bulk spam/restore",
    method="PUT",
    path="/api/cases/{case_ids}/restore.json",
    path_values=SomeCases,
    root="case",
    answer=Case,
    repeatable=True,
)
CASES_DELETE = Call(
    name="omnidesk.cases.delete",
    about="Delete a case for good; staff with full access only.",
    source="omnidesk-api, cases",
    method="DELETE",
    path="/api/cases/{case_id}.json",
    path_values=OneCase,
    repeatable=True,
)
