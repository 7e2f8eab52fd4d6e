"""Omnidesk: the short lists that the rest refers to; each comes whole."""

from __future__ import annotations

from typing import TypedDict

from workers.vendors import received as got
from workers.vendors.operation import Call


class Filter(TypedDict, total=False):
    """A filter of cases; its id is a word or a number (FIELD-NOTES, Omnidesk filters)."""

    filter_id: got.Id
    filter_name: got.Text
    isSelected: got.Flag
    isCustom: got.Flag


class CustomField(TypedDict, total=False):
    """A custom field; `field_data` has the choices of a list by their keys."""

    field_id: got.Id
    title: got.Text
    field_type: got.Text
    field_level: got.Text
    active: got.Flag
    field_data: got.Object


class CustomChannel(TypedDict, total=False):
    """A custom channel; `channel_api_key` (cch…) is what cases are opened in, never the numeric id."""

    channel_id: got.Id
    channel_api_key: got.Text
    title: got.Text
    channel_type: got.Text
    icon: got.Text
    webhook_url: got.Text
    active: got.Flag


class Language(TypedDict, total=False):
    language_id: got.Id
    code: got.Text
    title: got.Text
    active: got.Flag


class ClientEmail(TypedDict, total=False):
    email_id: got.Id
    email: got.Text
    active: got.Flag


FILTERS_LIST = Call(
    name="omnidesk.filters.list",
    about="Filters of the staff member that the API key belongs to.",
    source="omnidesk-api, filters; FIELD-NOTES, Omnidesk filters",
    method="GET",
    path="/api/filters.json",
    root="filter",
    answer=Filter,
    repeatable=True,
)
CUSTOM_FIELDS_LIST = Call(
    name="omnidesk.custom_fields.list",
    about="Custom fields of cases and customers.",
    source="omnidesk-api, custom_fields",
    method="GET",
    path="/api/custom_fields.json",
    root="custom_field",
    answer=CustomField,
    repeatable=True,
)
CUSTOM_CHANNELS_LIST = Call(
    name="omnidesk.custom_channels.list",
    about="Custom channels.",
    source="omnidesk-api, custom_channels",
    method="GET",
    path="/api/custom_channels.json",
    root="custom_channel",
    answer=CustomChannel,
    repeatable=True,
)
LANGUAGES_LIST = Call(
    name="omnidesk.languages.list",
    about="Languages of the account.",
    source="omnidesk-api, languages",
    method="GET",
    path="/api/languages.json",
    root="language",
    answer=Language,
    repeatable=True,
)
CLIENT_EMAILS_LIST = Call(
    name="omnidesk.client_emails.list",
    about="Addresses that the account writes from.",
    source="omnidesk-api, client_emails",
    method="GET",
    path="/api/client_emails.json",
    root="client_emails",
    answer=ClientEmail,
    repeatable=True,
)
