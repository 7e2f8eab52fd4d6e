"""Steps in the dialer (Obzvonilka)."""

from __future__ import annotations

from typing import Any

from service.intake import references
from workers.flows import texts
from workers.flows.flow import Flow
from workers.vendors.errors import NotFound, UnknownOutcome
from workers.vendors.obzvonilka import operations as obzvonilka


def put_contact(flow: Flow, base_id: str) -> None:
    """The customer as a contact in the base, found by its external code or created.

    Two calls when it is new. The look-up comes first because nothing in the dialer forbids a second contact
    with the same code, and a customer who stands there twice is called twice.
    """
    data = flow.data
    if not data["phone"]:
        flow.remark("Not put into the dialer: the request has no phone number.")
        return

    def find() -> str | None:
        return _find(flow, base_id)

    def create() -> str:
        fields = {
            "name": texts.customer_name(data),
            # A number that cannot be read is for a person to read: better than a lost customer.
            "phone1": data["phone_e164"] or data["phone"],
            "email": data["email"],
            "external_code": references.external_code(flow.subject),
            "description": texts.as_text(texts.facts(data)),
        }
        answer = flow.call(
            obzvonilka.CONTACTS_CREATE,
            path={"base_id": base_id},
            body={name: value for name, value in fields.items() if value},
        )
        return _contact_id(answer, obzvonilka.CONTACTS_CREATE.name)

    contact_id = flow.step("dialer.find", find) or flow.step("dialer.create", create, find)
    flow.link("obzvonilka", "contact", contact_id, base_id=base_id)


def describe(flow: Flow, base_id: str, line: str, marker: str) -> None:
    """`line` added to the contact's description, for whoever dials.

    The description is read first: the dialer's staff writes in it, and a whole field is what is sent.
    """

    def act() -> str | None:
        link = flow.linked("obzvonilka", "contact")
        base = link.data.get("base_id", base_id) if link else base_id
        contact_id = link.external_id if link else _find(flow, base)
        if contact_id is None:
            return None
        path = {"base_id": base, "contact_id": contact_id}
        contact = _contact(flow.call(obzvonilka.CONTACTS_GET, path=path))
        description = texts.append(contact.get("description"), line, marker)
        if description is not None:
            flow.call(obzvonilka.CONTACTS_UPDATE, path=path, body={"description": description})
        return contact_id

    if flow.step("dialer.describe", act) is None:
        flow.remark("The dialer has no contact for this request.")


def _find(flow: Flow, base_id: str) -> str | None:
    try:
        answer = flow.call(
            obzvonilka.CONTACTS_FIND_BY_EXTERNAL,
            path={"base_id": base_id, "external_code": references.external_code(flow.subject)},
        )
    except NotFound:
        return None
    # What an unknown code gives is not documented: an empty answer counts as "not there" too.
    contact = _contact(answer)
    return str(contact["id"]) if contact.get("id") else None


def _contact(answer: Any) -> dict[str, Any]:
    """The contact in an answer, bare, under `contact`, or as the only one of a list."""
    if isinstance(answer, list):
        answer = answer[0] if answer else {}
    if isinstance(answer, dict):
        inner = answer.get("contact", answer)
        return inner if isinstance(inner, dict) else {}
    return {}


def _contact_id(answer: Any, operation: str) -> str:
    contact = _contact(answer)
    if not contact.get("id"):
        raise UnknownOutcome(
            vendor="obzvonilka",
            operation=operation,
            sentence="Obzvonilka answered without the contact's id; it will be looked up.",
        )
    return str(contact["id"])
