"""Walks the store's list of call requests back, and makes events of what nobody told us of.

Each few pages are a durable step: a walk that is cut off goes on where it was. The calls go the way of every
other call, so they wait for a paused or failing store and stand in the ledger as attempts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from service.ledger.clock import MINUTE
from service.ledger.events import NewEvent
from service.ledger.life import Lane, Origin, Reason
from service.settings import Settings
from workers.flows.flow import Flow
from workers.pacing.gate import Wait
from workers.reconcile import rows as listed
from workers.reconcile.names import CURSOR, NOTHING_NEW
from workers.reconcile.walk import Page, Walk
from workers.vendors import replies
from workers.vendors.cscart.operations import CALL_REQUESTS_LIST
from workers.vendors.errors import Transient
from workers.vendors.received import whole

PAGE_SIZE = 100
# A step is written this often: a walk that is cut off repeats at most so many calls.
PAGES_A_STEP = 5
# Then the event goes to the end of its lane: a walk must end long before a task's time limit.
STEPS_A_RUN = 4
# A transaction may commit a lower id after a higher one, and a clock may differ: rows up to this old are
# looked at again below the cursor. Far less than ended events are kept for, by whose keys they are known.
LOOK_AGAIN = 24 * 60 * MINUTE


def reconcile(flow: Flow, settings: Settings) -> None:  # noqa: ARG001 - as every flow
    """Everything since the cursor, which is then moved."""
    cursor = flow.step("cursor.read", lambda: flow.mark(CURSOR) or {"last": None, "since": flow.event.now})
    last: int | None = cursor["last"]
    since: int = cursor["since"]

    def wanted(row: Mapping[str, Any]) -> bool:
        if last is None:
            return listed.made_at(row) >= since
        return listed.number(row) > last or listed.made_at(row) >= max(since, flow.event.now - LOOK_AGAIN)

    def past(row: Mapping[str, Any]) -> bool:
        return listed.made_at(row) < since if last is None else listed.number(row) <= last

    highest, _, found = _walk(flow, wanted, past)
    flow.set_mark(CURSOR, {"last": max(highest, last or 0), "since": since})
    flow.idle = not found
    flow.remark(f"{found} found that no callback had told us of." if found else NOTHING_NEW)


def backfill(flow: Flow, settings: Settings) -> None:  # noqa: ARG001 - as every flow
    """Everything made since the time that a person named."""
    since: int = flow.data["since"]

    def wanted(row: Mapping[str, Any]) -> bool:
        return listed.made_at(row) >= since

    _, seen, found = _walk(flow, wanted, lambda row: not wanted(row), Lane.BULK)
    flow.remark(f"{found} new of {seen} seen.")


def _walk(
    flow: Flow,
    wanted: Callable[[Mapping[str, Any]], bool],
    past: Callable[[Mapping[str, Any]], bool],
    lane: Lane | None = None,
) -> tuple[int, int, int]:
    """The highest id, how many rows were seen and how many of them were news."""
    walk, seen, found, steps_now, number = Walk(), 0, 0, 0, 0
    while walk.page is not None:
        if steps_now >= STEPS_A_RUN:
            raise Wait(Reason.BACKOFF, 0, f"The list is long: page {walk.page} is next.")
        number += 1

        def pages(start: Walk = walk) -> dict[str, Any]:
            nonlocal steps_now
            steps_now += 1
            return _some_pages(flow, start, wanted, past, lane)

        result = flow.step(f"walk.{number}", pages)
        walk = Walk(**result["walk"])
        seen += result["seen"]
        found += result["found"]
    return walk.highest, seen, found


def _some_pages(
    flow: Flow,
    walk: Walk,
    wanted: Callable[[Mapping[str, Any]], bool],
    past: Callable[[Mapping[str, Any]], bool],
    lane: Lane | None,
) -> dict[str, Any]:
    seen = found = 0
    for _ in range(PAGES_A_STEP):
        if walk.page is None:
            break
        rows, total, size = _page(flow, walk.page)
        found += flow.found(_events([row for row in rows if wanted(row)], flow.event.now, lane))
        seen += len(rows)
        ids = [listed.number(row) for row in rows]
        walk = walk.after(Page(ids, total, size, all(past(row) for row in rows)))
    return {"walk": walk.as_json(), "seen": seen, "found": found}


def _events(rows: Sequence[Mapping[str, Any]], now: int, lane: Lane | None) -> list[NewEvent]:
    # Oldest first, as their callbacks would have come.
    origin = Origin.RECONCILIATION if lane is None else Origin.BACKFILL
    return [listed.to_event(row, now, origin=origin, lane=lane) for row in sorted(rows, key=listed.number)]


def _page(flow: Flow, number: int) -> tuple[list[dict[str, Any]], int | None, int]:
    """A page's rows, the total, and the size that the store really uses."""
    query = {"page": number, "items_per_page": PAGE_SIZE, "sort_by": "id", "sort_order": "desc"}
    data = flow.call(CALL_REQUESTS_LIST, query=query)
    if not isinstance(data, dict) or "call_requests" not in data:
        raise Transient(
            vendor="cscart",
            operation=CALL_REQUESTS_LIST.name,
            sentence="CS-Cart answered with something that is not its list of call requests.",
        )
    params = data.get("params")
    size = whole(params.get("items_per_page")) if isinstance(params, dict) else None
    return replies.rows(CALL_REQUESTS_LIST, data), replies.total(data), size or PAGE_SIZE
