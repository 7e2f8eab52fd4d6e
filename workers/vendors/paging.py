"""Lists that come in pages, as iterators that end.

Omnidesk has pages 1 to 500 of at most 100, and which hundred it shows when none is named differs from list
to list, so a page is always named. CS-Cart answers a page past the end with the last page, so pages are
counted by `total_items` (both: FIELD-NOTES). Obzvonilka's lists come whole.

A page at a time is asked for, when the one before has been used up. What is added or removed meanwhile moves
records from page to page: none comes twice, and one may be missed; order by what does not change to be sure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from workers.vendors import replies, tables
from workers.vendors.omnidesk.common import LAST_PAGE, PAGE_SIZE
from workers.vendors.received import whole
from workers.vendors.replies import Reply

if TYPE_CHECKING:
    from workers.vendors.operation import Operation, Send


class TooMany(LookupError):
    """The vendor has more records than it lets anybody page through; narrow the query."""


def every(
    operation: Operation, send: Send, path: Mapping[str, Any] | None, query: Mapping[str, Any] | None
) -> Iterator[dict[str, Any]]:
    """Every record of a list, page after page; `Call.every` is the way in.

    A `limit` (Omnidesk) or `items_per_page` (CS-Cart) in the query sets the size of the pages; a page number
    is not taken. Raises `TooMany` where Omnidesk's pages end before its records do, and what `send` raises.
    """
    given = dict(query or {})
    if "page" in given:
        raise ValueError("every page is asked for: leave out page")
    pages = {"omnidesk": _omnidesk, "cscart": _cscart}.get(operation.paged, _whole)
    name = _own_id(operation)
    seen: set[str] = set()
    for reply in pages(operation, send, dict(path or {}), given):
        for raw, record in zip(replies.rows(operation, reply.data), reply.records, strict=True):
            if name in raw:
                if str(raw[name]) in seen:
                    continue
                seen.add(str(raw[name]))
            yield record


def _omnidesk(
    operation: Operation, send: Send, path: dict[str, Any], query: dict[str, Any]
) -> Iterator[Reply]:
    size = int(query.setdefault("limit", PAGE_SIZE))
    before: list[Any] = []
    for page in range(1, LAST_PAGE + 1):
        reply: Reply = Reply(operation, send(operation, path=path, query={**query, "page": page}))
        rows = replies.rows(operation, reply.data)
        # A vendor that clamps would show the last page for ever.
        if not rows or rows == before:
            return
        yield reply
        total = reply.total
        if len(rows) < size or (total is not None and page * size >= total):
            return
        before = rows
    raise TooMany(f"{operation.name} has more than {LAST_PAGE} pages; narrow the query")


def _cscart(operation: Operation, send: Send, path: dict[str, Any], query: dict[str, Any]) -> Iterator[Reply]:
    size = int(query.setdefault("items_per_page", 100))
    page = 1
    while True:
        reply: Reply = Reply(operation, send(operation, path=path, query={**query, "page": page}))
        yield reply
        # The store may show fewer a page than asked for; 0 shows all, and then without total_items.
        params = reply.data.get("params") if isinstance(reply.data, dict) else None
        shown = whole(params.get("items_per_page")) if isinstance(params, dict) else None
        if not size or page * (shown or size) >= (reply.total or 0):
            return
        page += 1


def _whole(operation: Operation, send: Send, path: dict[str, Any], query: dict[str, Any]) -> Iterator[Reply]:
    yield Reply(operation, send(operation, path=path, query=query))


def _own_id(operation: Operation) -> str:
    """The field with the record's own id: the first of its table."""
    return next(iter(tables.received(operation.answer).fields)) if operation.answer else ""
