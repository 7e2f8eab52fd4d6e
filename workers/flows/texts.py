"""What people read in the help desk, the dialer and the store. Pure.

Two things stand in a text whatever the template says: the reference in front of a case's subject line, and
the mark, in front of a line, by which a text that we added is found again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from markupsafe import Markup, escape

from service.intake import references
from service.intake.references import Mark
from workers.flows import numbers
from workers.flows.markup import plain
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
            name: references.defused(str(data.get(name) or ""))
            for name in ("name", "phone", "email", "time_from", "time_to", "product", "order_id", "notes")
        },
        "status": data.get("status") or "",
        "when": wanted_time(data, wording),
        "cart": printed_cart(data.get("cart_products") or [], wording),
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
        ("cart", in_cart(known["cart"], wording)),
        ("notes", known["notes"]),
        ("request", wording.word("number", number=known["request_id"])),
    )
    return [{"label": wording.label(key), "value": value} for key, value in found if value]


def in_cart(products: Iterable[Mapping[str, str]], wording: Wording) -> str:
    """The products in one line: `Чайник: 1 × 4 990`."""
    lines = []
    for item in printed_cart(products, wording):
        name, amount, price = item.get("product") or item.get("product_id"), item["amount"], item["price"]
        lines.append(f"{name}: {amount} × {price}" if price else f"{name} × {amount}")
    return "; ".join(lines)


def printed_cart(products: Iterable[Mapping[str, str]], wording: Wording) -> list[dict[str, str]]:
    """The products with their amounts and prices as people write them."""
    point, between = wording.word("decimal_point"), wording.word("thousands")
    return [
        {
            **item,
            "amount": numbers.printed(item.get("amount") or "1", point, between),
            "price": numbers.printed(item.get("price") or "", point, between, cents=True),
        }
        for item in products
    ]


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
    return marked(" ".join(wording.render("case_subject", known).split()), str(known["reference"]))


def case_body(
    wording: Wording, known: Mapping[str, Any], message: str, refused: Sequence[str], warning: str
) -> dict[str, str]:
    """The case's first message as `content` and `content_html`; `message` is what it begins with.

    `refused` are details that the help desk did not take, by name: they stand in the text whatever the
    template says. So does `warning`, what the staff has to know first of all.
    """
    facts = [(wording.label(name), references.defused(str(known[name]))) for name in refused if known[name]]
    plain = wording.render("case_content", known)
    plain += "".join(f"\n{label}: {value}" for label, value in facts if value not in plain)
    plain = with_warning(plain, warning)
    if message:
        # HTML goes before plain text: with a message in front, plain text has to do.
        return {"content": f"{message}\n\n{plain}"}
    html = case_html(wording, known)
    html += "".join(
        Markup("<p>{}: {}</p>").format(label, value) for label, value in facts if escape(value) not in html
    )
    # Not as Markup: what stands before would be escaped.
    html += str(Markup("<p>{}</p>").format(warning)) if warning else ""
    return {"content": plain, "content_html": html}


def with_warning(text: str, warning: str) -> str:
    """The text with what the staff has to know in a line of its own after it."""
    return f"{text}\n{warning}" if warning else text


def case_html(wording: Wording, known: Mapping[str, Any]) -> str:
    """The case's first message; every value is a stranger's text and is escaped, its line breaks kept."""
    broken = [{**fact, "value": _lines(fact["value"])} for fact in known["facts"]]
    return wording.render("case_content_html", {**known, "facts": broken})


def _lines(value: str) -> Markup:
    return Markup("<br>").join(escape(line) for line in value.splitlines())


def marked(text: str, mark: str) -> str:
    """`text` with `mark` in front, where no limit cuts it off, and nowhere else."""
    said = "\n".join(line for line in _without(text, mark).splitlines() if line.strip())
    return f"{mark} {references.defused(said)}"


def signed(text: str, mark: str) -> str:
    """`text` with `mark` in a line of its own after it: for what customers read, and for a warning."""
    return f"{references.defused(_without(text, mark))}\n{mark}"


def _without(text: str, mark: str) -> str:
    return re.sub(rf"[ \t]?{re.escape(mark)}", "", text).strip()


def reply_values(data: Mapping[str, Any], mark: Mark) -> dict[str, Any]:
    """What the templates of a staff member's reply are given besides; the text is "" when it says nothing."""
    # The HTML first: it has the addresses. Without words the files are what was said.
    text, attachments = plain(data["content_html"]) or plain(data["content"]), data["attachments"]
    return {
        "text": text or "\n".join(attachments),
        "message_id": data["message_id"],
        "attachments": attachments if text else [],
        "marker": mark.text,
    }


def append(standing: str | None, line: str, mark: Mark) -> str | None:
    """`standing` with `line` after it; None when it stands there already."""
    kept = standing or ""
    if stands(kept, line, mark):
        return None
    return f"{kept}\n{line}" if kept.strip() else line


def put_before(standing: str | None, line: str, mark: Mark) -> str | None:
    """`standing` with `line` before it, for a warning; None when it stands there already."""
    kept = standing or ""
    if stands(kept, line, mark):
        return None
    return f"{line}\n{kept}" if kept.strip() else line


def stands(text: str, line: str, mark: Mark) -> bool:
    """Is our `line` in the text? Known by its mark, or as the whole line that former releases wrote."""
    if mark.begins_a_line(text):
        return True
    if mark.formerly not in text:
        return False
    ours = {" ".join(_without(one, mark.formerly).split()) for one in _without(line, mark.text).splitlines()}
    return any(
        " ".join(_without(one, mark.formerly).split()) in ours - {""}
        for one in text.splitlines()
        if mark.formerly in one
    )


def found_by(mark: Mark, messages: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The first of a case's messages in which a line begins with the mark."""
    for one in messages:
        if any(mark.begins_a_line(str(one.get(name) or "")) for name in ("content", "content_html")):
            return one
    return None
