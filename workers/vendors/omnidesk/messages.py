"""Omnidesk: messages of a case."""

from __future__ import annotations

from typing import Annotated, Literal, Required, TypedDict

from workers.vendors.fields import Flag, Id, Moment, Text
from workers.vendors.omnidesk.common import Message, OneCase, OneMessage, Paged
from workers.vendors.operation import Call


class MessageQuery(Paged, total=False):
    order: Annotated[Literal["asc", "desc"], "oldest or newest first; oldest without it"]


class NewMessage(TypedDict, total=False):
    content: Text
    content_html: Annotated[Text, "goes before content"]
    created_at: Annotated[Moment, "given, the rules for changed cases do not run"]
    staff_id: Annotated[Id, "who answers; without it the owner of the API key"]
    user_id: Annotated[Id, "the customer who writes; staff_id is then ignored"]
    do_not_send_email: Annotated[Flag, "for the e-mail channel"]
    # Newer than the document (FIELD-NOTES).
    send_at: Annotated[Moment, "when it is to be sent"]
    attachment_urls: Annotated[list[Text], "addresses that the vendor fetches files from"]


class MessageChanges(TypedDict, total=False):
    content: Required[Text]


# Without a page it shows the last hundred, where cases.list shows the first (FIELD-NOTES, lists).
MESSAGES_LIST = Call(
    name="omnidesk.messages.list",
    about="Messages and notes of a case; the last hundred unless a page is named.",
    source="omnidesk-api, messages",
    method="GET",
    path="/api/cases/{case_id}/messages.json",
    path_values=OneCase,
    query=MessageQuery,
    root="message",
    answer=Message,
    paged="omnidesk",
    repeatable=True,
)
MESSAGES_CREATE = Call(
    name="omnidesk.messages.create",
    about="Add an answer of the staff or of the customer to a case, with files if need be.",
    source="omnidesk-api, messages; limits of files: FIELD-NOTES",
    method="POST",
    path="/api/cases/{case_id}/messages.json",
    path_values=OneCase,
    body=NewMessage,
    one_of=(("content", "content_html"),),
    files=("attachments",),
    root="message",
    form="message",
    answer=Message,
    repeatable=False,
    lookup="messages.list, newest first, by the reference in the text",
)
MESSAGES_UPDATE = Call(
    name="omnidesk.messages.update",
    about="Change the text of a message.",
    source="omnidesk-api, messages",
    method="PUT",
    path="/api/cases/{case_id}/messages/{message_id}.json",
    path_values=OneMessage,
    body=MessageChanges,
    root="message",
    answer=Message,
    repeatable=True,
)
MESSAGES_DELETE = Call(
    name="omnidesk.messages.delete",
    about="Delete a message.",
    source="omnidesk-api, messages",
    method="DELETE",
    path="/api/cases/{case_id}/messages/{message_id}.json",
    path_values=OneMessage,
    repeatable=True,
)
