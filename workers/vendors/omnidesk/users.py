"""Omnidesk: users, who are the customers."""

from __future__ import annotations

from typing import Annotated, TypeAlias, TypedDict

from workers.vendors import received as got
from workers.vendors.checks import at_least
from workers.vendors.fields import Channel, CustomFields, Email, Id, Moment, QueryFlag, Text
from workers.vendors.omnidesk.common import Paged
from workers.vendors.operation import Call

Search: TypeAlias = Annotated[Text, at_least(3)]


class OneUser(TypedDict):
    user_id: Id


class NewUser(TypedDict, total=False):
    user_email: Email
    user_phone: Text
    user_whatsapp_phone: Text
    user_telegram_data: Annotated[Text, "user name or phone in Telegram"]
    user_custom_id: Annotated[Text, "our own id of the customer in a custom channel"]
    user_custom_channel: Annotated[Channel, "only together with user_custom_id"]
    user_full_name: Text
    company_name: Text
    company_position: Text
    user_note: Text
    language_id: Id
    custom_fields: CustomFields


class UserQuery(Paged, total=False):
    user_email: Search
    user_phone: Search
    language_id: Id
    custom_fields: CustomFields
    amount_of_cases: Annotated[QueryFlag, "count the cases of each"]
    from_time: Annotated[Moment, "added from then on"]
    to_time: Annotated[Moment, "added until then"]
    from_updated_time: Moment
    to_updated_time: Moment
    # Newer than the document (FIELD-NOTES).
    user_custom_id: Text
    user_custom_channel: Channel
    company_id: Id | list[Id]
    from_last_contact_time: Moment
    to_last_contact_time: Moment


class UserChanges(TypedDict, total=False):
    user_email: Annotated[Email, "only while the old one is not confirmed"]
    user_full_name: Text
    company_name: Text
    company_position: Text
    user_note: Text
    language_id: Id
    custom_fields: CustomFields
    # Newer than the document (FIELD-NOTES, new fields).
    user_phone: Text


class User(TypedDict, total=False):
    """A customer. The reply to `users.create` holds a password too, which is dropped on arrival."""

    user_id: got.Id
    user_full_name: got.Text
    company_name: got.Text
    company_position: got.Text
    thumbnail: got.Text
    confirmed: got.Flag
    active: got.Flag
    deleted: got.Flag
    created_at: got.Moment
    updated_at: got.Moment
    type: got.Text
    user_email: got.Text
    user_phone: got.Text
    language_id: got.Id
    custom_fields: got.Object
    linked_users: got.List
    amount_of_cases: got.Whole
    # Newer than the document (FIELD-NOTES, new fields).
    telegram_id: got.Id
    user_avito: got.Text


USERS_CREATE = Call(
    name="omnidesk.users.create",
    about="Create a customer.",
    source="omnidesk-api, users; FIELD-NOTES, Omnidesk users",
    method="POST",
    path="/api/users.json",
    body=NewUser,
    one_of=(("user_email", "user_phone", "user_whatsapp_phone", "user_telegram_data", "user_custom_id"),),
    root="user",
    answer=User,
    secrets=("password",),
    repeatable=False,
    lookup="users.list by the e-mail, phone or custom id",
)
USERS_LIST = Call(
    name="omnidesk.users.list",
    about="Find customers; the first hundred unless a page is named.",
    source="omnidesk-api, users; FIELD-NOTES, newer than the document",
    method="GET",
    path="/api/users.json",
    query=UserQuery,
    root="user",
    answer=User,
    paged="omnidesk",
    repeatable=True,
)
USERS_GET = Call(
    name="omnidesk.users.get",
    about="One customer.",
    source="omnidesk-api, users",
    method="GET",
    path="/api/users/{user_id}.json",
    path_values=OneUser,
    root="user",
    answer=User,
    repeatable=True,
)
USERS_UPDATE = Call(
    name="omnidesk.users.update",
    about="Change a customer.",
    source="omnidesk-api, users",
    method="PUT",
    path="/api/users/{user_id}.json",
    path_values=OneUser,
    body=UserChanges,
    root="user",
    answer=User,
    repeatable=True,
)
USERS_DISABLE = Call(
    name="omnidesk.users.disable",
    about="Move a customer to the deleted ones.",
    source="omnidesk-api, users",
    method="PUT",
    path="/api/users/{user_id}/disable.json",
    path_values=OneUser,
    root="user",
    answer=User,
    repeatable=True,
)
USERS_BLOCK = Call(
    name="omnidesk.users.block",
    about="Block a customer.",
    source="omnidesk-api, users",
    method="PUT",
    path="/api/users/{user_id}/block.json",
    path_values=OneUser,
    root="user",
    answer=User,
    repeatable=True,
)
USERS_RESTORE = Call(
    name="omnidesk.users.restore",
    about="Take a customer back from the blocked or deleted ones.",
    source="omnidesk-api, users",
    method="PUT",
    path="/api/users/{user_id}/restore.json",
    path_values=OneUser,
    root="user",
    answer=User,
    repeatable=True,
)
USERS_DELETE = Call(
    name="omnidesk.users.delete",
    about="Delete a customer for good; staff with full access only.",
    source="omnidesk-api, users",
    method="DELETE",
    path="/api/users/{user_id}.json",
    path_values=OneUser,
    repeatable=True,
)
