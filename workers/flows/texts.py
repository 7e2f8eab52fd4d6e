"""What people read in the help desk, the dialer and the store. Pure.

Two things stand in a text whatever the template says: the reference in a case's subject line, and the marker
by which a text that we added is found again.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from markupsafe import Markup, escape

from service.intake import references
from workers.flows.wording import Wording

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# A line in the notes or a description is for a glance.
_LONGEST_VALUE = 1000

Fact = dict[str, str]


def values(
    subject: str, data: Mapping[str, Any], wording: Wording, opens: datetime | None, now: datetime
) -> dict[str, Any]:
    """What every template is given (service/config/templates.py); `data` may lack what its event lacks."""
    company_id, request_id = references.split(subject) or ("", "")
    known = {
        "request_id": request_id,
        "company_id": company_id,
        **{
            name: data.get(name) or ""
            for name in ("name", "email", "time_from", "time_to", "product", "order_id", "notes", "status")
        },
        "phone": data.get("phone") or "",
        "when": wanted_time(data, wording),
        "cart": data.get("cart_products") or [],
        "reference": references.case_reference(subject),
        "opens": opens_in_words(opens, now, wording) if opens else "",
        "language": wording.language,
    }
    known["customer"] = known["name"] or known["phone"] or wording.word("request", number=request_id)
    return known | {"facts": facts(known, wording)}


def wanted_time(data: Mapping[str, Any], wording: Wording) -> str:
    """When the customer wants to be called, in words; "" when it does not matter to them."""
    since, until = data.get("time_from"), data.get("time_to")
    parts = (
        since and wording.word("from", time=since),
        until and wording.word("until", time=until),
    )
    return " ".join(part for part in parts if part)


def opens_in_words(opens: datetime, now: datetime, wording: Wording) -> str:
    """`завтра в 09:00`; both in the shop's time zone."""
    at = opens.strftime("%H:%M")
    match (opens.date() - now.astimezone(opens.tzinfo).date()).days:
        case 0:
            return wording.word("today", time=at)
        case 1:
            return wording.word("tomorrow", time=at)
        case _:
            day = wording.word(_DAYS[opens.weekday()])
            return wording.word("later", day=day, date=opens.strftime("%d.%m"), time=at)


def facts(known: Mapping[str, Any], wording: Wording) -> list[Fact]:
    """What is known of the request, in the order a caller wants to know it."""
    found = (
        ("name", known["name"]),
        ("phone", known["phone"]),
        ("email", known["email"]),
        ("when", known["when"]),
        ("opens", known["opens"]),
        ("product", known["product"]),
        ("order", known["order_id"] and wording.word("number", number=known["order_id"])),
        ("cart", in_cart(known["cart"])),
        ("notes", known["notes"]),
        ("request", wording.word("number", number=known["request_id"])),
    )
    return [{"label": wording.label(key), "value": value} for key, value in found if value]


def in_cart(products: Iterable[Mapping[str, str]]) -> str:
    """The products in one line."""
    return "; ".join(
        f"{item.get('product') or item.get('product_id')} × {item.get('amount') or '1'}"
        + (f", {item['price']}" if item.get("price") else "")
        for item in products
    )


def changes(found: Mapping[str, str], wording: Wording) -> list[Fact]:
    """What has changed, by the name of its label; an empty value was taken away."""
    return [
        {"label": wording.label(name), "value": shortened(value) or wording.word("emptied")}
        for name, value in found.items()
    ]


def shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def case_title(wording: Wording, known: Mapping[str, Any]) -> str:
    """The case's subject line; it has the reference that the case is found by."""
    line = " ".join(wording.render("case_subject", known).split())
    return marked(line, str(known["reference"]))


def case_html(wording: Wording, known: Mapping[str, Any]) -> str:
    """The case's first message; every value is a stranger's text and is escaped, its line breaks kept."""
    broken = [{**fact, "value": _lines(fact["value"])} for fact in known["facts"]]
    return wording.render("case_content_html", {**known, "facts": broken})


def _lines(value: str) -> Markup:
    return Markup("<br>").join(escape(line) for line in value.splitlines())


def marked(text: str, marker: str, between: str = " ") -> str:
    """`text`, with `marker` after it unless it has it already."""
    return text if marker in text else f"{text}{between}{marker}"


def reply_marker(message_id: str) -> str:
    """What a carried reply is recognised by."""
    return f"[#{message_id}]"


def reply_values(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the templates of a staff member's reply are given besides."""
    return {
        "text": data["content"] or plain(data["content_html"]),
        "message_id": data["message_id"],
        "attachments": data["attachments"],
        "marker": reply_marker(data["message_id"]),
    }


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


def put_before(standing: str | None, line: str, marker: str) -> str | None:
    """`standing` with `line` before it, for a warning; None when it stands there already."""
    kept = standing or ""
    if marker in kept:
        return None
    return f"{line}\n{kept}" if kept.strip() else line


def found_by(marker: str, messages: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The one of a case's messages that has the marker."""
    return next(
        (one for one in messages if marker in f"{one.get('content') or ''}{one.get('content_html') or ''}"),
        None,
    )
