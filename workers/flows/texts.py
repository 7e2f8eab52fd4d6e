"""What people read in the help desk, the dialer and the store. Pure; in Russian, as the shops' staff is."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup, escape

from service.intake import references

# What a product, a wish for a time and so on are called.
_LABELS = {
    "name": "Имя",
    "phone": "Телефон",
    "email": "E-mail",
    "when": "Удобное время",
    "product": "Товар",
    "order": "Заказ",
    "cart": "Корзина",
    "notes": "Заметки",
    "request": "Заявка в магазине",
}


def wanted_time(data: Mapping[str, Any]) -> str:
    """When the customer wants to be called, in words; "" when it does not matter to them."""
    since, until = data.get("time_from"), data.get("time_to")
    return " ".join(part for part in (since and f"с {since}", until and f"до {until}") if part)


def customer_name(data: Mapping[str, Any]) -> str:
    """The customer's name, or what else to call them: the number, or the request's."""
    return data["name"] or data["phone"] or f"Заявка {data['request_id']}"


def case_title(subject: str, data: Mapping[str, Any]) -> str:
    """The case's subject line; it ends with the reference that the case is found by."""
    return f"Обратный звонок: {customer_name(data)} {references.case_reference(subject)}"


def facts(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is known of the request, as label and value, in the order a caller wants to know it."""
    cart = [
        f"{item['product'] or item['product_id']} × {item['amount'] or '1'}"
        + (f", {item['price']}" if item["price"] else "")
        for item in data["cart_products"]
    ]
    found = (
        ("name", data["name"]),
        ("phone", data["phone"]),
        ("email", data["email"]),
        ("when", wanted_time(data)),
        ("product", data["product"]),
        ("order", data["order_id"] and f"№ {data['order_id']}"),
        ("cart", "; ".join(cart)),
        ("notes", data["notes"]),
        ("request", f"№ {data['request_id']}"),
    )
    return [(_LABELS[key], value) for key, value in found if value]


def as_text(rows: Iterable[tuple[str, str]]) -> str:
    """Facts a line each."""
    return "\n".join(f"{label}: {value}" for label, value in rows)


def as_html(rows: Iterable[tuple[str, str]]) -> str:
    """Facts as HTML; every value is a stranger's text and is escaped."""
    return str(
        Markup("<br>").join(Markup("<b>{}:</b> {}").format(label, _lines(value)) for label, value in rows)
    )


def _lines(value: str) -> Markup:
    return Markup("<br>").join(escape(line) for line in value.splitlines())


def case_line(case_number: str) -> str:
    """The line in the store's notes that names the help desk's case."""
    return f"Омнидеск: обращение {case_number}"


def reply_marker(message_id: str) -> str:
    """What a carried reply is recognised by."""
    return f"Омнидеск, ответ {message_id}"


def reply_line(data: Mapping[str, Any]) -> str:
    """A staff member's reply as it stands in the store's notes and the dialer's description."""
    text = data["content"] or plain(data["content_html"])
    return "\n".join((f"{reply_marker(data['message_id'])}: {text}", *data["attachments"]))


def plain(markup: str) -> str:
    """HTML as plain text, with its line breaks."""
    broken = re.sub(r"(?i)<br\s*/?>|</(p|div|li|tr|h\d)>", "\n", markup)
    without = html.unescape(re.sub(r"<[^>]*>", "", broken))
    return "\n".join(filter(None, (line.strip() for line in without.splitlines())))


def append(standing: str | None, line: str, marker: str) -> str | None:
    """`standing` with `line` after it; None when a line with `marker` stands there already."""
    kept = standing or ""
    if marker in kept:
        return None
    return f"{kept}\n{line}" if kept.strip() else line
