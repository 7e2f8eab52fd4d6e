"""Obzvonilka's calls.

Lists come whole, without pages. What is created or changed goes as a multipart form, `contact[name]`, with a
PATCH too (FIELD-NOTES, Obzvonilka).
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, TypeAlias, TypedDict

from workers.vendors import received as got
from workers.vendors.checks import CodeField
from workers.vendors.fields import Code, Id, Text
from workers.vendors.operation import Call

# The sample sends digits; a number is the same on the wire of a form. An empty one is taken away.
Phone: TypeAlias = Annotated[int | str, partial(CodeField, r"(?s).*", "a phone")]


class OneBase(TypedDict):
    base_id: Id


class OneContact(TypedDict):
    base_id: Id
    contact_id: Id


class OneCode(TypedDict):
    base_id: Id
    external_code: Code


class OneUser(TypedDict):
    user_id: Id


class ContactFields(TypedDict, total=False):
    name: Text
    address_string: Annotated[Text, "postal address"]
    description: Text
    email: Text
    # Whether a POST may set it is not public: sent, and looked up by afterwards (FIELD-NOTES, Obzvonilka).
    external_code: Annotated[Code, "our own id of the contact"]
    www: Text
    phone1: Phone
    phone2: Phone
    phone3: Phone
    phone4: Phone
    phone5: Phone
    phone6: Phone
    phone7: Phone
    phone8: Phone
    phone9: Phone
    phone10: Phone
    phone_remark1: Text
    phone_remark2: Text
    phone_remark3: Text
    phone_remark4: Text
    phone_remark5: Text
    phone_remark6: Text
    phone_remark7: Text
    phone_remark8: Text
    phone_remark9: Text
    phone_remark10: Text


class ContactBase(TypedDict, total=False):
    id: got.Id
    name: got.Text
    remark: got.Text
    deleted: got.Flag
    select_from_last: got.Flag


class Contact(TypedDict, total=False):
    """A contact; it has ten places for phones, `phone1` to `phone10`, each with a `phone_remark`."""

    id: got.Id
    name: got.Text
    address_string: got.Text
    description: got.Text
    email: got.Text
    external_code: got.Text
    www: got.Text
    phone1: got.Text
    phone_remark1: got.Text


class User(TypedDict, total=False):
    id: got.Id
    name: got.Text
    email: got.Text
    account_enabled: got.Flag
    admin: got.Flag


CONTACT_BASES_LIST = Call(
    name="obzvonilka.contact_bases.list",
    about="Contact bases.",
    source="obzvonilka-api, База контактов",
    method="GET",
    path="/api/contact_bases.json",
    answer=ContactBase,
    repeatable=True,
)
CONTACT_BASES_GET = Call(
    name="obzvonilka.contact_bases.get",
    about="One contact base.",
    source="obzvonilka-api, База контактов",
    method="GET",
    path="/api/contact_bases/{base_id}.json",
    path_values=OneBase,
    answer=ContactBase,
    repeatable=True,
)
CONTACTS_LIST = Call(
    name="obzvonilka.contacts.list",
    about="Every contact of a base.",
    source="obzvonilka-api, Контакты в базе контактов",
    method="GET",
    path="/api/contact_bases/{base_id}/contacts.json",
    path_values=OneBase,
    answer=Contact,
    repeatable=True,
)
CONTACTS_GET = Call(
    name="obzvonilka.contacts.get",
    about="One contact.",
    source="obzvonilka-api, Контакты в базе контактов",
    method="GET",
    path="/api/contact_bases/{base_id}/contacts/{contact_id}.json",
    path_values=OneContact,
    answer=Contact,
    repeatable=True,
)
CONTACTS_FIND_BY_EXTERNAL = Call(
    name="obzvonilka.contacts.find_by_external",
    about="The contact with our own id.",
    source="obzvonilka-api, Поиск контакта по внешнему коду; FIELD-NOTES, Obzvonilka",
    method="GET",
    path="/api/contact_bases/{base_id}/contacts/find_by_external/{external_code}.json",
    path_values=OneCode,
    answer=Contact,
    repeatable=True,
)
CONTACTS_CREATE = Call(
    name="obzvonilka.contacts.create",
    about="Add a contact to a base.",
    source="obzvonilka-api, Добавление контакта в базу; FIELD-NOTES, Obzvonilka",
    method="POST",
    path="/api/contact_bases/{base_id}/contacts.json",
    path_values=OneBase,
    body=ContactFields,
    root="contact",
    form="contact",
    always_form=True,
    answer=Contact,
    repeatable=False,
    lookup="contacts.find_by_external",
)
CONTACTS_UPDATE = Call(
    name="obzvonilka.contacts.update",
    about="Change a contact.",
    source="obzvonilka-api, Обновление контакта; FIELD-NOTES, Obzvonilka PATCH",
    method="PATCH",
    path="/api/contact_bases/{base_id}/contacts/{contact_id}.json",
    path_values=OneContact,
    body=ContactFields,
    root="contact",
    form="contact",
    always_form=True,
    answer=Contact,
    repeatable=True,
)
USERS_LIST = Call(
    name="obzvonilka.users.list",
    about="Users of the organisation that the key belongs to.",
    source="obzvonilka-api, Пользователи организации",
    method="GET",
    path="/api/users.json",
    answer=User,
    repeatable=True,
)
USERS_GET = Call(
    name="obzvonilka.users.get",
    about="One user.",
    source="obzvonilka-api, Пользователи организации",
    method="GET",
    path="/api/users/{user_id}.json",
    path_values=OneUser,
    answer=User,
    repeatable=True,
)
