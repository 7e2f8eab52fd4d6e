"""Call requests as the store keeps, checks and lists them.

Sources: the store's document (fields, parameters, samples) and FIELD-NOTES, "CS-Cart".
"""

import re
import time
from collections.abc import Callable
from typing import Any

from workers.vendors.sandbox.wire import Json

Row = dict[str, Any]

STATUSES = ("new", "in_progress", "completed", "no_answer")
PUT_FIELDS = ("user_id", "order_id", "product_id", "status", "notes")
"""`product_id` and `notes` are not for PUT in the document's table, but are in its text and sample."""

PAGE_SIZE = 10
TEXT_BYTES = 65_535
"""Of MySQL's `text`. Shorter columns are not told apart: nothing of ours is written into them."""
NEVER_STORED = "email"
"""FIELD-NOTES: there is no such column; it passes the check for a required field and is dropped."""


class BadRequest(Exception):
    """Becomes a 400 in the store's own words."""


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _number(value: Any) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, str) and value.isdecimal()
    )


def _status(value: Any) -> bool:
    return value in STATUSES


def _products(value: Any) -> bool:
    """A list, an object with gaps, or nothing at all (FIELD-NOTES)."""
    return value == "" or isinstance(value, list | dict)


FIELDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "email": (_text, "must be a string"),
    "phone": (_text, "must be a string"),
    "user_id": (_number, "must be an integer"),
    "order_id": (_number, "must be an integer"),
    "product_id": (_number, "must be an integer"),
    "timestamp": (_number, "must be a timestamp in seconds"),
    "status": (_status, f"must be one of {', '.join(STATUSES)}"),
    "name": (_text, "must be a string"),
    "time_from": (_text, "must be a string"),
    "time_to": (_text, "must be a string"),
    "notes": (_text, "must be a string"),
    "cart_products": (_products, "must be an array"),
}


def known(given: Json, names: tuple[str, ...]) -> Json:
    """The fields that count, checked. Any other is ignored, as the document says."""
    fields = {name: given[name] for name in names if name in given}
    for name, value in fields.items():
        passes, complaint = FIELDS[name]
        if not passes(value):
            raise BadRequest(f"{name} {complaint}")
    return fields


def new_row(request_id: int, given: Json, *, utf8mb4: bool = False) -> Row:
    """A row in the shape of the document's samples: numbers as text, what is not known as null."""
    row: Row = {
        "request_id": str(request_id),
        "company_id": "1",
        "order_id": "0",
        "user_id": "0",
        "product_id": "0",
        "timestamp": str(int(time.time())),
        "status": "new",
        "name": "",
        "phone": "",
        "time_from": "",
        "time_to": "",
        "notes": None,
        "cart_products": "",
        "order_status": None,
        "product": None,
    }
    row.update(
        {
            name: stored(value, utf8mb4=utf8mb4)
            for name, value in given.items()
            if name not in (NEVER_STORED, "request_id")
        }
    )
    return row


def stored(value: Any, *, utf8mb4: bool = False) -> Any:
    """FIELD-NOTES: ids and timestamps arrive as strings, and MySQL cuts what a text column cannot hold."""
    if isinstance(value, str):
        return cut(value, utf8mb4=utf8mb4)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def cut(text: str, *, utf8mb4: bool) -> str:
    """As without strict mode: silently, at the first character of four bytes and at the column's end."""
    if not utf8mb4:
        text = re.split("[\U00010000-\U0010ffff]", text, maxsplit=1)[0]
    return text.encode("utf-8", "replace")[:TEXT_BYTES].decode("utf-8", "ignore")


def _integer(value: Any) -> int:
    """A shopper's row may hold anything."""
    return int(value) if str(value).isdecimal() else 0


_SORT_COLUMNS: dict[str, Callable[[Row], Any]] = {
    "id": lambda row: int(row["request_id"]),
    "date": lambda row: (_integer(row["timestamp"]), int(row["request_id"])),
    "status": lambda row: str(row["status"]),
    "name": lambda row: str(row["name"] or ""),
    "phone": lambda row: str(row["phone"] or ""),
    "user_id": lambda row: _integer(row["user_id"]),
    "user": lambda row: _integer(row["user_id"]),
    "order": lambda row: _integer(row["order_id"]),
    "order_status": lambda row: str(row["order_status"] or ""),
}


def page(rows: list[Row], query: Json) -> Json:
    """The document's list, with its `params` block.

    FIELD-NOTES: a page past the end is the last page; `items_per_page=0` gives everything and no
    `total_items`. An order that does not exist is the default one.
    """
    sort_by = query.get("sort_by") if query.get("sort_by") in _SORT_COLUMNS else "date"
    sort_order = "asc" if query.get("sort_order") == "asc" else "desc"
    found = [row for row in rows if _wanted(row, query)]
    found.sort(key=_SORT_COLUMNS[str(sort_by)], reverse=sort_order == "desc")
    size = _natural(query.get("items_per_page"), PAGE_SIZE)
    number = max(1, _natural(query.get("page"), 1))
    filters = {name: value for name, value in query.items() if name in _FILTERS}
    params: Json = {
        **filters,
        "items_per_page": str(size),
        "page": number,
        "sort_order": sort_order,
        "sort_by": sort_by,
        "sort_order_rev": "asc" if sort_order == "desc" else "desc",
    }
    if size:
        last = max(1, -(-len(found) // size))
        params["page"] = number = min(number, last)
        params["total_items"] = str(len(found))
        found = found[(number - 1) * size : number * size]
    return {"call_requests": found, "params": params}


def _natural(value: Any, otherwise: int) -> int:
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 10 else otherwise


_FILTERS = ("status", "name", "phone", "company_id", "order_status", "user_id", "order_exists")


def _wanted(row: Row, query: Json) -> bool:
    """`name` and `phone` match parts (FIELD-NOTES), the rest the whole value."""
    for name in ("name", "phone"):
        part = query.get(name)
        if isinstance(part, str) and part.lower() not in str(row[name] or "").lower():
            return False
    for name in ("status", "company_id", "order_status", "user_id"):
        if query.get(name) and str(query[name]) != str(row[name]):
            return False
    exists = query.get("order_exists")
    return exists not in ("Y", "N") or (str(row["order_id"]) not in ("0", "")) == (exists == "Y")
