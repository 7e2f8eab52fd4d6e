"""Obzvonilka's calls."""

from __future__ import annotations

from workers.vendors.operation import Operation

CONTACTS_FIND_BY_EXTERNAL = Operation(
    name="obzvonilka.contacts.find_by_external",
    method="GET",
    path="/api/contact_bases/{base_id}/contacts/find_by_external/{external_code}.json",
    repeatable=True,
)
CONTACTS_GET = Operation(
    name="obzvonilka.contacts.get",
    method="GET",
    path="/api/contact_bases/{base_id}/contacts/{contact_id}.json",
    repeatable=True,
)
CONTACTS_CREATE = Operation(
    name="obzvonilka.contacts.create",
    method="POST",
    path="/api/contact_bases/{base_id}/contacts.json",
    root="contact",
    form="contact",
    always_form=True,
    repeatable=False,
    lookup="contacts.find_by_external",
)
CONTACTS_UPDATE = Operation(
    name="obzvonilka.contacts.update",
    method="PATCH",
    path="/api/contact_bases/{base_id}/contacts/{contact_id}.json",
    root="contact",
    form="contact",
    always_form=True,
    repeatable=True,
)
