"""CS-Cart's call requests, walked back to one that is known."""

from __future__ import annotations

from collections.abc import Iterator

from workers.vendors.cscart.operations import CALL_REQUESTS_LIST, CallRequest, RequestQuery
from workers.vendors.operation import Send
from workers.vendors.received import whole


def requests_after(send: Send, last_seen: int, *, query: RequestQuery | None = None) -> Iterator[CallRequest]:
    """Call requests with an id above `last_seen`, newest first.

    By id, which does not change: one that comes in meanwhile moves the others back, and none is missed
    (FIELD-NOTES, CS-Cart pages).
    """
    asked: RequestQuery = {"items_per_page": 100, **(query or {}), "sort_by": "id", "sort_order": "desc"}
    for record in CALL_REQUESTS_LIST.every(send, query=asked):
        number = whole(record.get("request_id"))
        if number is not None and number <= last_seen:
            return
        yield record
