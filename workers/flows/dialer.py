"""Steps in the dialer (Obzvonilka)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from service.intake import references
from service.intake.phones import Phones
from service.intake.references import Mark
from workers.flows import details, known, shown, slots, texts
from workers.flows.flow import Flow
from workers.flows.known import Known
from workers.flows.shop import Shop
from workers.vendors.errors import NotFound, UnknownOutcome
from workers.vendors.obzvonilka import operations as obzvonilka

# What the dialer's staff may change, and what is told of it.
FIELDS = ("name", "email", "address_string", *(f"phone{slot}" for slot in slots.SLOTS))


def put_contact(flow: Flow, shop: Shop, *, look: bool) -> bool:
    """The customer as a contact in the base, found by its external code or created; True when it is new.

    Two calls when it is new. The look-up comes first because nothing in the dialer forbids a second contact
    with the same code, and a customer who stands there twice is called twice. `look`: what was looked up
    before may not hold any more.
    """
    data, base_id = flow.data, shop.contact_base
    found = shop.phones(flow)
    say_what_cannot_be_called(flow, found)
    if not found.numbers and not found.typed:
        return False

    def find() -> str | None:
        return _find(flow, base_id)

    def create() -> dict[str, Any]:
        values = shop.values(flow)
        fields = {
            "name": values["customer"],
            **slots.of_new(found, shop.store.dialer_phones, shop.store.country),
            "email": data["email"],
            "external_code": references.external_code(flow.subject),
            "description": shop.wording.render("dialer_description", values),
        }

        def make(refused: Sequence[str]) -> dict[str, Any]:
            kept = {name: value for name, value in fields.items() if value and name not in refused}
            said = [f"{shop.wording.label(one)}: {fields[one]}" for one in refused if fields[one]]
            kept["description"] = "\n".join([fields["description"], *map(references.defused, said)])
            answer = flow.call(obzvonilka.CONTACTS_CREATE, path={"base_id": base_id}, body=kept)
            contact_id = _contact_id(answer, obzvonilka.CONTACTS_CREATE.name)
            now = flow.event.now
            flow.remember("obzvonilka", contact_id, lambda before: {**_wrote(before, kept), "at": now})
            return {"contact_id": contact_id}

        made, refused = details.without_refused(make, details.CONTACT)
        return made | ({"refused": refused} if refused else {})

    def made_before() -> dict[str, Any] | None:
        return {"contact_id": found} if (found := find()) else None

    contact_id = standing = flow.step("dialer.find", find)
    if contact_id is None:
        made = flow.step("dialer.create", create, made_before, look=look)
        # Releases before this one kept the bare id.
        made = made if isinstance(made, dict) else {"contact_id": made}
        contact_id = made["contact_id"]
        for name, word in made.get("refused", {}).items():
            flow.remark(f"The dialer refused the customer's {name} ({word}): it stands in the description.")
    flow.link("obzvonilka", "contact", contact_id, base_id=base_id)
    return standing is None


def find_contact(flow: Flow, shop: Shop) -> str | None:
    """The request's contact, by its link or else by its external code; it is linked then.

    Raises `Wait` while it may still be being made.
    """
    if link := flow.linked("obzvonilka", "contact"):
        return link.external_id
    contact_id = flow.sought("dialer.create", lambda: _find(flow, shop.contact_base))
    if contact_id:
        flow.link("obzvonilka", "contact", contact_id, base_id=shop.contact_base)
    return contact_id


def say_what_cannot_be_called(flow: Flow, found: Phones) -> None:
    """Name on the event which numbers are missing or left out."""
    if found.typed:
        flow.remark("The phone is not a valid number: it goes into the dialer as it was typed.")
    elif not found.numbers:
        flow.remark("No phone number that can be called: none goes into the dialer.")
    elif number := slots.left_out(found):
        flow.remark(f"More phone numbers than the dialer has places for: {number} left out there.")


def join_contact(flow: Flow, shop: Shop, base_id: str, contact_id: str) -> bool:
    """The request into the contact of an earlier one of the same customer; False when that is gone."""
    mark = shop.joined_mark(flow)
    path = {"base_id": base_id or shop.contact_base, "contact_id": contact_id}
    said = f"{shop.wording.word('again')} {shop.say(flow, 'dialer_description')}"
    line = texts.signed(said, mark.text)

    def act() -> bool:
        contact = read_contact(flow, path)
        return contact is not None and _add(flow, path, contact, line, mark, texts.append) is not None

    if not flow.step("dialer.join", act):
        return False
    flow.link("obzvonilka", "contact", contact_id, base_id=path["base_id"])
    return True


def describe(
    flow: Flow,
    shop: Shop,
    line: str,
    mark: Mark,
    *,
    first: bool = False,
    phones: Phones | None = None,
) -> bool | None:
    """`line` added to the contact's description, for whoever dials; `first` puts it before everything.

    The description is read first: the dialer's staff writes in it, and a whole field is what is sent.
    `phones`, when given, take the place of the customer's numbers there. True when the line is new there,
    None when there is no contact.
    """
    join = texts.put_before if first else texts.append

    def act() -> dict[str, Any] | None:
        there = standing(flow, shop)
        if there is None:
            _forget(flow)
            return None
        path, contact = there
        fields: dict[str, str] = {}
        if phones is not None:
            wrote = flow.known("obzvonilka").get("phones", {})
            fields = slots.of_standing(phones, shop.store.dialer_phones, shop.store.country, contact, wrote)
        new = _add(flow, path, contact, line, mark, join, fields)
        if new is None:
            _forget(flow)
            return None
        return {"contact_id": path["contact_id"], "new": new}

    done = flow.step("dialer.describe", act)
    if done is None:
        flow.remark("The dialer has no contact for this request.")
        return None
    # Releases before this one kept the bare id.
    return bool(done["new"]) if isinstance(done, dict) else True


def _add(
    flow: Flow,
    path: Mapping[str, str],
    contact: Mapping[str, Any],
    line: str,
    mark: Mark,
    join: Callable[[str | None, str, Mark], str | None],
    fields: Mapping[str, str] | None = None,
) -> bool | None:
    """The line into the description as it stands: was it new? None when the contact is gone after all."""
    contact_id = path["contact_id"]
    description = join(contact.get("description"), line, mark)
    if description is not None:
        body = {**(fields or {}), "description": description}
        try:
            shown.write(
                lambda: flow.call(obzvonilka.CONTACTS_UPDATE, path=path, body=body),
                lambda: join((read_contact(flow, path) or {}).get("description"), line, mark) is None,
            )
        except NotFound:
            return None
    # Only our own line: what people wrote beside it is still to be told.
    ours, now = {**(fields or {}), "description": line}, flow.event.now
    flow.remember("obzvonilka", contact_id, lambda before: {**_wrote(before, ours), "at": now}, shared=True)
    return description is not None


def read_contact(flow: Flow, path: Mapping[str, str]) -> dict[str, Any] | None:
    """The contact as it stands now; None when it is gone. What the dialer answers then is not documented."""
    try:
        return contact_in(flow.call(obzvonilka.CONTACTS_GET, path=path)) or None
    except NotFound:
        return None


def standing(flow: Flow, shop: Shop) -> tuple[dict[str, str], dict[str, Any]] | None:
    """Where the request's contact is and how it stands there now: by its id, else by its code."""
    link = flow.linked("obzvonilka", "contact")
    base = str(link.data.get("base_id", shop.contact_base)) if link else shop.contact_base
    if link and (contact := read_contact(flow, path := {"base_id": base, "contact_id": link.external_id})):
        return path, contact
    # Deleted and made anew, by hand or by an import, it has another id.
    contact_id = flow.sought("dialer.create", lambda: _find(flow, base))
    if contact_id is None:
        return None
    if not link:
        flow.link("obzvonilka", "contact", contact_id, base_id=base)
    path = {"base_id": base, "contact_id": contact_id}
    contact = read_contact(flow, path)
    return (path, contact) if contact else None


def _forget(flow: Flow) -> None:
    """Remember that the contact we made is not there any more."""
    if contact := flow.linked("obzvonilka", "contact"):
        flow.remember("obzvonilka", contact.external_id, lambda before: {**before, "deleted": True})


def put(flow: Flow, path: Mapping[str, str], fields: Mapping[str, Any]) -> None:
    """Set fields of the contact, whose texts were read before."""
    flow.call(obzvonilka.CONTACTS_UPDATE, path=path, body=dict(fields))


def saw(before: Known, contact: Mapping[str, Any]) -> Known:
    """What is known of the contact once it has been seen or written like this, or in part."""
    return known.with_lines(known.with_fields(before, watched(contact)), contact.get("description"))


def _wrote(before: Known, fields: Mapping[str, str]) -> Known:
    """What is known once we have written the fields: among them which phones are ours."""
    return saw(before, fields) | {"phones": {**before.get("phones", {}), **slots.digests(fields)}}


def watched(contact: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that are looked at for changes."""
    return {name: contact[name] for name in FIELDS if name in contact}


def contact_in(answer: Any) -> dict[str, Any]:
    """The contact in an answer, bare, under `contact`, or as the only one of a list."""
    if isinstance(answer, list):
        answer = answer[0] if answer else {}
    if isinstance(answer, dict):
        inner = answer.get("contact", answer)
        return inner if isinstance(inner, dict) else {}
    return {}


def _find(flow: Flow, base_id: str) -> str | None:
    try:
        answer = flow.call(
            obzvonilka.CONTACTS_FIND_BY_EXTERNAL,
            path={"base_id": base_id, "external_code": references.external_code(flow.subject)},
        )
    except NotFound:
        return None
    # What an unknown code gives is not documented: an empty answer counts as "not there" too.
    contact = contact_in(answer)
    return str(contact["id"]) if contact.get("id") else None


def _contact_id(answer: Any, operation: str) -> str:
    contact = contact_in(answer)
    if not contact.get("id"):
        raise UnknownOutcome(
            vendor="obzvonilka",
            operation=operation,
            sentence="Obzvonilka answered without the contact's id; it will be looked up.",
        )
    return str(contact["id"])
