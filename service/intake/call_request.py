"""The store's call-request row, in every form that it is sent, as one kind of data.

The row comes from the store's own hook, from a signed callback, or from the store's API; ids and times are
texts there, `cart_products` is "", a list or an object with gaps, times of day may be "__:__" (FIELD-NOTES).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError, fields

from service.intake import phones, references
from service.intake.body import from_text, only
from service.intake.fields import Id, Moment, Text, Tolerant, listed
from service.ledger.clock import SECOND
from service.ledger.events import NewEvent

CREATED = "call_request.created"
UPDATED = "call_request.updated"
DELETED = "call_request.deleted"
MESSAGE = "call_request.message"
TYPES = (CREATED, UPDATED, DELETED, MESSAGE)

# "After lunch", and the like.
_LONGEST_TIME = 60
_MOST_WRAPPINGS = 3


class _CartProduct(Tolerant):
    product_id = Text()
    product = Text()
    amount = Text()
    price = Text()


# Made once: to make a schema costs more than to use it.
_CART_PRODUCT = _CartProduct()


class _CartProducts(fields.Field[list[dict[str, str]]]):
    def __init__(self) -> None:
        super().__init__(load_default=list, allow_none=True)

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return [] if value is None else super().deserialize(value, *args, **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> list[dict[str, str]]:
        given = listed(from_text(value))
        read = [_CART_PRODUCT.read(one) if isinstance(one, dict) else ({}, ["all"]) for one in given]
        products = [product for product, _ in read if any(product.values())]
        if any(unreadable for _, unreadable in read):
            raise ValidationError("Not every product can be read.", valid_data=products)
        return products


class _Row(Tolerant):
    request_id = Id(required=True)
    # 0 is a marketplace itself.
    company_id = Id(zero=True)
    order_id = Id()
    user_id = Id()
    product_id = Id()
    timestamp = Moment()
    status = Text()
    name = Text()
    phone = Text()
    email = Text()
    time_from = Text()
    time_to = Text()
    notes = Text()
    cart_products = _CartProducts()
    order_status = Text()
    product = Text()
    # The language that the customer reads the store in: not in the document, sent by stores' own callbacks.
    lang_code = Text()
    message = Text()


_ROW = _Row()


@dataclass(frozen=True)
class Delivery:
    """One body that the store sent: what it is about and the row as it came."""

    type: str
    row: dict[str, Any]
    stamped: bool = False
    """Does the body say when it happened? Then the same body is the same happening."""
    id: str = ""
    """What a signed delivery is told from others by (a digest of its `webhook-id`); "" for others."""


def open_envelope(body: dict[str, Any]) -> Delivery:
    """A bare row is a new request; an envelope says what happened. Raises `ValidationError`."""
    if len(body) == 1 and "data" not in body:
        body = _unwrapped(body) or body
    kind = body.get("type")
    if "request_id" in body or not (kind or "data" in body):
        return Delivery(CREATED, body)
    if kind and kind not in TYPES:
        raise ValidationError({"type": [f"Must be one of {', '.join(TYPES)}."]})
    row = _unwrapped(body.get("data"))
    if row is None:
        raise ValidationError({"data": ["Missing: the call request's row, an object."]})
    return Delivery(kind or CREATED, row, "timestamp" in body)


def _unwrapped(value: Any) -> dict[str, Any] | None:
    """The object in `value`, out of what only wraps it: `[…]`, `{"call_request": …}`, JSON as a text."""
    for _ in range(_MOST_WRAPPINGS):
        value = only(value)
        if not isinstance(value, dict) or len(value) != 1 or "request_id" in value:
            break
        inner = only(next(iter(value.values())))
        if not isinstance(inner, (dict, list)):
            break
        value = inner
    return value if isinstance(value, dict) else None


def parse_row(row: dict[str, Any]) -> dict[str, Any]:
    """The row as the flows know it. Raises `ValidationError` when it does not tell which request it is.

    `notes_known` and `phone_known` tell whether the row said what stands there, empty or not: what it did not
    say, or said so that it cannot be read, has to be asked for. `given` names every field that it had,
    `unreadable` those that are taken as empty though they were not.
    """
    data, unreadable = _ROW.read(row)
    data["unreadable"] = unreadable
    data["given"] = [name for name in _ROW.fields if name in row and name not in unreadable]
    data["notes_known"] = "notes" in data["given"]
    data["phone_known"] = "phone" in data["given"]
    # To be found by. What is dialled is read with the country of the store (`Shop.phones`).
    data["phone_e164"] = phones.read(data["phone"]).first
    data["time_from"] = _time_of_day(data["time_from"])
    data["time_to"] = _time_of_day(data["time_to"])
    return data


def to_event(delivery: Delivery, raw: bytes, content_type: str) -> NewEvent:
    """The event of a delivery. Raises `ValidationError` with the fields' names."""
    return event_of(delivery, parse_row(delivery.row), raw, content_type)


def event_of(delivery: Delivery, data: dict[str, Any], raw: bytes, content_type: str) -> NewEvent:
    """The event of a delivery whose row has been read."""
    subject = references.call_request_subject(
        data["company_id"] or references.DEFAULT_STORE, data["request_id"]
    )
    # One request is created once, whoever tells us of it; anything else may happen again.
    happened = "created" if delivery.type == CREATED else f"{delivery.type}/{delivery.id or digest(raw)}"
    return NewEvent(
        source="cscart",
        type=delivery.type,
        subject=subject,
        dedupe_key=f"{subject}/{happened}",
        data=data,
        raw=raw,
        content_type=content_type,
        # Changed back to what it was, say. Not a message: a late repeat would stand there twice.
        recurs=delivery.type == UPDATED and not delivery.stamped and not delivery.id,
        time=data["timestamp"] * SECOND if data["timestamp"] and delivery.type == CREATED else None,
    )


def digest(raw: bytes) -> str:
    """Tells one body from another, in a key of bounded length."""
    return hashlib.sha256(raw).hexdigest()[:32]


def _time_of_day(text: str) -> str:
    """`09:00`, or "" for nothing and for the mask's "__:__"; what cannot be read is for a person to read."""
    match = re.fullmatch(r"(\d{1,2}):(\d{2})(?::\d{2})?", text)
    if match:
        return f"{int(match[1]):02}:{match[2]}"
    return text.strip()[:_LONGEST_TIME] if re.search(r"[^\W_]", text) else ""
